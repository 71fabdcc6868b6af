"""Owns what every test of gatekeeper shares: the plugins of tests/support. Fixtures live beside their tests."""

from __future__ import annotations

pytest_plugins = ["tests.support.no_skips"]
