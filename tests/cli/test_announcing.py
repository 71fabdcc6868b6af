"""One run after another is announced, at times that are told: to whom it is news, and to nobody twice."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.notifications.sending import Patience
from gatekeeper.cli.notifications.announcing import Announcing, Failed
from gatekeeper.cli.notifications.told import Around
from gatekeeper.model.event_parts import StepSummary
from gatekeeper.model.events import Entry, Event, RoundStarted, RunFinished, RunStarted, StepFinished
from gatekeeper.model.verdict import Finding
from gatekeeper.policy.announcing import USUAL
from gatekeeper.policy.fold import RunRecord, fold
from gatekeeper.policy.masking import Masker
from gatekeeper.policy.recipients import Recipient
from tests.support.endpoints import HANG, PATIENCE_S, Endpoint, listening
from tests.support.projects import PAUSE_S

pytestmark = pytest.mark.anyio
NOW = 1_771_380_000.0
HOUR = 3600.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def run(verdict: str, *, selection: str = "", message: str = "test_login failed: 500 instead of 201") -> RunRecord:
    red = verdict == "red"
    events: tuple[Event, ...] = (
        RunStarted("backend-cycle", "sha256:d", "sha256:t", (), (), title="Backend", host="ci-1"),
        RoundStarted(1, "first round: everything", "sha256:t", 2),
        StepFinished("suite", "unit", 1, 1, "failed", findings=(Finding("test-failed", message),)),
        RunFinished(
            verdict,
            1 if red else 0,
            3,
            "sha256:t",
            72.0,
            log="logs/x.md",
            steps=(
                StepSummary("suite", "unit", "required", "failed" if red else "passed", 3),
                StepSummary("suite", "e2e", "required", "blocked" if red else "passed", 1),
            ),
            reason="a required step still fails" if red else "",
            selection=selection,
        ),
    )
    return fold("r1", [Entry(number, "2026-02-18T02:00:00Z", "r1", event) for number, event in enumerate(events)])


class Nights:
    """A project whose runs are announced to one address."""

    def __init__(self, state: Path, endpoint: Endpoint) -> None:
        self.state = state
        self.endpoint = endpoint
        self.told: tuple[Recipient, ...] = (Recipient(USUAL, endpoint.url),)
        self.within_s = PATIENCE_S

    async def ends(self, record: RunRecord, later_s: float = 0.0, mask: Masker | None = None) -> tuple[Failed, ...]:
        return await self.announcing(record, later_s, mask).announce(self.told)

    def announcing(self, record: RunRecord, later_s: float = 0.0, mask: Masker | None = None) -> Announcing:
        patience = Patience(within_s=PATIENCE_S, try_s=PATIENCE_S, pauses_s=())
        return Announcing(
            record,
            previous=None,
            cycle="backend-cycle",
            evidence=".gatekeeper/runs/r1",
            around=Around(str(self.state.parent), str(self.state), patience),
            now=NOW + later_s,
            mask=mask.mask if mask else str,
            within_s=self.within_s,
        )

    def known(self) -> list[str]:
        """The states that are remembered."""
        return [json.loads(each.read_text("utf-8"))["state"] for each in self.state.glob("notified/*.json")]


@pytest.fixture
def nights(tmp_path: Path, endpoint: Endpoint) -> Nights:
    (tmp_path / ".gatekeeper").mkdir()
    return Nights(tmp_path / ".gatekeeper", endpoint)


@pytest.mark.slow
async def test_from_red_to_recovered(nights: Nights) -> None:
    """Red at once; still red, ever more rarely; recovered once; and red again at once."""
    green, red = run("green"), run("red")
    for record, later_h in ((green, -24), (red, 0), (red, 0.5), (red, 2), (red, 3), (red, 24), (green, 48)):
        assert await nights.ends(record, later_h * HOUR) == ()
    await nights.ends(run("green"), 72 * HOUR)
    await nights.ends(run("red"), 72.1 * HOUR)
    assert nights.endpoint.headlines == [
        "backend-cycle is red",
        "backend-cycle is still red, for 2 h now",
        "backend-cycle is still red, for 24 h now",
        "backend-cycle is green again: it was red for 48 h",
        "backend-cycle is red",
    ]


async def test_a_person_sees_what_failed_and_what_to_do(nights: Nights) -> None:
    """In a few lines: why, what failed first, where, and how to repeat it. A terminal's codes and secrets are gone."""
    message = "\x1b[31mtest_login failed\x1b[0m:\n  token s3cret-of-the-step was refused " + "x" * 400
    await nights.ends(run("red", message=message), mask=Masker(["s3cret-of-the-step"]))
    text = nights.endpoint.asked[0].body["text"].replace("x" * 200, "")
    assert text.splitlines() == [
        "A required step still fails.",
        f"suite/unit failed: test_login failed: token ••• was refused {'x' * 43}…",
        "Also not passed: suite/e2e blocked.",
        "3 rounds in 1 min 12 s, on ci-1.",
        "Repeat: gatekeeper run backend-cycle --only suite/unit",
        "Log: logs/x.md",
        "Evidence: .gatekeeper/runs/r1",
        "More: gatekeeper show r1",
    ]


@pytest.mark.slow
async def test_what_did_not_arrive_was_not_announced(nights: Nights) -> None:
    """The next run tries it again; so it is with a recovery."""
    nights.endpoint.answers = [500]
    (failed,) = await nights.ends(run("red"))
    assert failed.problem == "it was answered with status 500"
    assert nights.known() == []
    nights.endpoint.answers = [204]
    await nights.ends(run("red"), 60)
    nights.endpoint.answers = [500]
    await nights.ends(run("green"), 120)
    assert nights.known() == ["red"]
    nights.endpoint.answers = [204]
    await nights.ends(run("green"), 180)
    assert nights.known() == ["green"]
    assert nights.endpoint.headlines[-1] == "backend-cycle is green again: it was red for 2 min"


@pytest.mark.slow
async def test_two_runs_at_once_announce_it_once(nights: Nights) -> None:
    """Both end red at the same moment: the second finds that it is no news any more."""
    async with anyio.create_task_group() as both:
        both.start_soon(nights.ends, run("red"))
        both.start_soon(nights.ends, run("red"))
    assert nights.endpoint.headlines == ["backend-cycle is red"]


@pytest.mark.slow
async def test_each_target_has_its_own_memory(nights: Nights) -> None:
    """One hangs and is left; the other has it meanwhile, and is not told again."""
    with listening() as hanging:
        hanging.answers = [HANG]
        both = (Recipient(USUAL, hanging.url), *nights.told)
        announcing = nights.announcing(run("red"))
        async with anyio.create_task_group() as told:
            told.start_soon(announcing.announce, both)
            await anyio.to_thread.run_sync(hanging.wait)
            while nights.known() != ["red"]:  # noqa: ASYNC110 - it is a file that is waited for
                await anyio.sleep(PAUSE_S)
            told.cancel_scope.cancel()
        assert announcing.left() == (Failed(both[0], "left before it was delivered"),)
    await nights.ends(run("red"), 60)
    assert len(nights.endpoint.asked) == 1


async def test_all_of_it_is_bounded(nights: Nights) -> None:
    """Whatever a target does, there is an end, and it was not told."""
    nights.endpoint.answers = [HANG]
    nights.within_s = 0.2
    assert await nights.ends(run("red")) == (Failed(nights.told[0], "it was not delivered within 0.2 s"),)
    assert nights.known() == []


@pytest.mark.slow
async def test_a_green_of_a_part_is_no_recovery(nights: Nights) -> None:
    """`--only smoke` says nothing of the cycle."""
    await nights.ends(run("red"))
    await nights.ends(run("green", selection="smoke"), 60)
    assert nights.known() == ["red"]
    assert len(nights.endpoint.asked) == 1


@pytest.mark.slow
async def test_a_memory_of_the_future_is_left_alone(nights: Nights) -> None:
    """What a newer gatekeeper wrote is not ours to change; better told twice than never."""
    await nights.ends(run("red"))
    (memory,) = nights.state.glob("notified/*.json")
    memory.write_text('{"v": 99}')
    (failed,) = await nights.ends(run("red"), 60)
    assert "newer gatekeeper" in failed.problem
    assert (memory.read_text(), len(nights.endpoint.asked)) == ('{"v": 99}', 2)


async def test_a_folder_that_cannot_be_written(nights: Nights) -> None:
    """Nobody knows then what was told: that is said, and nobody is told for ever."""
    (nights.state / "notified").write_text("not a folder")
    (failed,) = await nights.ends(run("red"))
    assert failed.problem == "what it was told last cannot be kept: File exists"
    assert nights.endpoint.asked == []
