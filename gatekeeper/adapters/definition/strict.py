"""Owns what every part of a definition has in common. Knows none of them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """No unknown key, and no change once it was read."""

    model_config = ConfigDict(extra="forbid", frozen=True)
