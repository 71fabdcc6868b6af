"""What codes take off."""

import pytest

from shop.codes import UnknownCode, discount


def test_spring_takes_ten_percent():
    assert discount(1000, "SPRING") == 900


def test_friends_get_twenty_percent():
    assert discount(1000, "FRIEND") == 800


def test_an_unknown_code_is_refused():
    with pytest.raises(UnknownCode):
        discount(1000, "NOBODY")
