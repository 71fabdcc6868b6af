"""How passwords are kept."""

from __future__ import annotations

import unittest

from .subject import config, passwords

CHEAP = config.ScryptCost(n=16, r=1, p=1)


class PasswordsTest(unittest.TestCase):
    """hash_password and matches."""

    def test_only_the_password_itself_matches(self) -> None:
        """Near misses, an empty text and other scripts included."""
        for password in ("correct horse", "päßwörd 🐎", " ", "x" * 256):
            stored = passwords.hash_password(password, CHEAP)
            with self.subTest(password=password):
                self.assertTrue(passwords.matches(password, stored))
                for wrong in ("", password + " ", password[:-1], password.upper() + "!"):
                    self.assertFalse(passwords.matches(wrong, stored))

    def test_the_same_password_never_looks_the_same(self) -> None:
        """Each hash has a salt of its own."""
        hashes = {passwords.hash_password("correct horse", CHEAP) for _ in range(10)}
        self.assertEqual(len(hashes), 10)
        self.assertFalse(any("correct" in stored for stored in hashes))

    def test_a_hash_outlives_a_change_of_the_cost(self) -> None:
        """Its own cost is stored beside it."""
        stored = passwords.hash_password("correct horse", config.ScryptCost(n=32, r=2, p=3))
        self.assertTrue(stored.startswith("scrypt$32$2$3$"))
        self.assertTrue(passwords.matches("correct horse", stored))

    def test_the_cost_of_the_configuration_is_one_that_can_be_paid(self) -> None:
        """OpenSSL refuses a cost that needs more memory than it was allowed."""
        cost = config.load({}).scrypt
        self.assertGreaterEqual(cost.n * cost.r * cost.p, 2**14 * 8 * 5)
        self.assertTrue(passwords.matches("x", passwords.hash_password("x", cost)))

    def test_an_unknown_scheme_is_an_error(self) -> None:
        """And not a wrong password, which would lock people out in silence."""
        with self.assertRaisesRegex(ValueError, "unknown password scheme 'md5'"):
            passwords.matches("x", "md5$1$1$1$00$00")
