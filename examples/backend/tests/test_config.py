"""What can be configured, and what is said when it was done wrongly."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path

from .subject import config


class ConfigTest(unittest.TestCase):
    """config.load."""

    def test_the_environment_says_where_and_the_file_says_how(self) -> None:
        """An empty variable counts as one that is not set."""
        settings = config.load({"PORT": "8123", "HOST": "", "CALORIE_DATABASE": "/data/c.sqlite3"})
        self.assertEqual((settings.host, settings.port), ("127.0.0.1", 8123))
        self.assertEqual(settings.database, Path("/data/c.sqlite3"))
        self.assertEqual(settings.session_lifetime_seconds, 720 * 3600)

    def test_a_bad_port_is_named(self) -> None:
        """Before anything is opened."""
        for port in ("http", "-1", "65536", "٣"):
            with self.subTest(port=port), self.assertRaisesRegex(config.ConfigError, "PORT must be a number"):
                config.load({"PORT": port})

    def test_a_bad_value_is_named_with_its_place(self) -> None:
        """So that the file can be mended without reading the code."""
        good = config.CONFIG_FILE.read_text("utf-8")
        for old, new, problem in (
            ("shortest = 8", "shortest = 0", r"\[passwords\] shortest must be a whole number above 0, not 0"),
            ("shortest = 8", "", r"\[passwords\] shortest .* not None"),
            ("lifetime_hours = 720", "lifetime_hours = true", r"\[sessions\] lifetime_hours .* not True"),
            ("[http]", "[http", "cannot read"),
        ):
            with self.subTest(new=new), tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "service.toml"
                file.write_text(good.replace(old, new), "utf-8")
                with self.assertRaisesRegex(config.ConfigError, problem):
                    config.load({}, file)
