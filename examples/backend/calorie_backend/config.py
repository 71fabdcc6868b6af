"""What can be set: the product's values from config/service.toml, the machine's from the environment."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONFIG_FILE = ROOT / "config" / "service.toml"


class ConfigError(Exception):
    """Raised when the configuration cannot be used; the text says what to change."""


@dataclass(frozen=True, slots=True)
class ScryptCost:
    """How expensive one password hash is."""

    n: int
    r: int
    p: int


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the service can be told."""

    host: str
    port: int
    database: Path
    max_body_bytes: int
    client_timeout_seconds: float
    busy_timeout_ms: int
    shortest_password: int
    scrypt: ScryptCost
    session_lifetime_seconds: int


def load(environment: Mapping[str, str], file: Path = CONFIG_FILE) -> Settings:
    """Read the settings, or raise ConfigError."""
    try:
        text = tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"cannot read {file}: {error}") from error

    def number(section: str, key: str) -> int:
        value = text.get(section, {}).get(key)
        if type(value) is not int or value <= 0:
            raise ConfigError(f"{file}: [{section}] {key} must be a whole number above 0, not {value!r}")
        return value

    return Settings(
        host=environment.get("HOST") or "127.0.0.1",
        port=_port(environment.get("PORT") or "3000"),
        database=Path(environment.get("CALORIE_DATABASE") or ROOT / ".run" / "calorie.sqlite3").absolute(),
        max_body_bytes=number("http", "max_body_bytes"),
        client_timeout_seconds=number("http", "client_timeout_seconds"),
        busy_timeout_ms=number("database", "busy_timeout_ms"),
        shortest_password=number("passwords", "shortest"),
        scrypt=ScryptCost(*(number("passwords", f"scrypt_{name}") for name in "nrp")),
        session_lifetime_seconds=number("sessions", "lifetime_hours") * 3600,
    )


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise ConfigError(f"PORT must be a number from 0 to 65535 (0 takes a free one), not {text!r}")
    return int(text)
