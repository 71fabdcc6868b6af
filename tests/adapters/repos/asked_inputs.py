"""What the tests of inputs share: the digest of one step's, as often as it is asked for."""

from __future__ import annotations

import asyncio

from gatekeeper.adapters.repos.inputs import GitInputs, StepInputs
from gatekeeper.adapters.repos.reading import BoundRepo, read_tree
from gatekeeper.model.plan import StepId
from tests.adapters.repos.conftest import Repo

STEP = StepId("gate", "step")


class Asked:
    """Inputs of one step in `repo` (and `others`), read with the tree as it is at each question."""

    def __init__(self, repo: Repo, *globs: str, under: str = "", others: tuple[Repo, ...] = (), does: str = "") -> None:
        self.repos = tuple(BoundRepo(each.path.name, str(each.path)) for each in (repo, *others))
        self.inputs = GitInputs((StepInputs(STEP, str(repo.path / under), globs, does),))

    def digest(self, *leave_out: str) -> str | None:
        return asyncio.run(self.inputs.digests(read_tree(self.repos, leave_out))).get(STEP)
