"""Owns what a docker compose file proposes: its services, shown and not started."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gatekeeper.policy.drafting.draft import Sure
from gatekeeper.policy.surveying.hints import Hints
from gatekeeper.policy.surveying.proposal import Kind, Proposal
from gatekeeper.policy.surveying.survey import Survey

FILES: Final = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_SHOWN: Final = 6


def compose(survey: Survey, _: Hints) -> Iterator[Proposal]:
    """`docker compose up --wait` as something to decide on: the containers are the Docker daemon's, not the step's."""
    manifest = survey.manifest(*FILES)
    if manifest is None or not manifest.table("services"):
        return
    names = list(manifest.table("services"))
    told = ", ".join(names[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
    yield Proposal(
        Kind.STACK, "compose-up", "docker compose up --detach --wait", manifest.at("services"), Sure.LOW,
        f"starts {told}", keep="compose", marks=("docker compose up", "docker-compose up"),
        doubt="nothing says that the tests need it; with it belongs a teardown: `docker compose down`",
    )  # fmt: skip
