"""What discount codes take off a price."""

CODES = {"SPRING": 10, "FRIEND": 20}


class UnknownCode(ValueError):
    """Nobody gave out this code."""


def discount(cents, code):
    """The price with a code; raises `UnknownCode`."""
    if code not in CODES:
        raise UnknownCode(code)
    return cents - cents * CODES[code] // 100
