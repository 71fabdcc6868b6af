"""gatekeeper: the referee of a working tree. Kept empty of imports, because every start pays for them."""

__version__ = "0.1.0"
