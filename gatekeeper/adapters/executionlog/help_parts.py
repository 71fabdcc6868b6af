"""Owns the account of help after a round: mitigations, calls of the fixer, breakers, waiting. Knows no round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from gatekeeper.adapters.executionlog.text import block, code, prose
from gatekeeper.adapters.executionlog.words import duration, listed, plural, short
from gatekeeper.model.help_events import BreakerOpened, ChangeAwaited, FixerFinished
from gatekeeper.policy.fold import Help
from gatekeeper.policy.help_words import breaker_words, commit_words, ended_words, usage_words
from gatekeeper.policy.helped import FixerCall, Mitigated, episodes

NOT_STATED = "not stated"
"""What is said of what the cycle, or the fixer, did not state."""

_NAMED = 12
_FINDINGS_SHOWN = 12
_DIFF_LINES = 30
_CUT_SHORT = "🛑 it did not come to its end"


def help_parts(events: Iterable[Help], calls: int) -> Iterator[str]:
    """A part for each thing that was tried, after an empty line; `calls` of the fixer are allowed."""
    for one in episodes(events):
        yield ""
        match one:
            case Mitigated():
                yield from _mitigation(one)
            case FixerCall():
                yield from _call(one, calls)
            case BreakerOpened():
                yield _breaker(one)
            case ChangeAwaited():
                left = f"{plural(one.rounds_left, 'round')} and {duration(one.within_s)} were left"
                yield f"⏳ **Waited** for a change of the tree ({left})"


def call_title(call: int, calls: int) -> str:
    """``call 1 of 3``."""
    return f"call {call} of {calls}" if calls else f"call {call}"


def _mitigation(one: Mitigated) -> Iterator[str]:
    started, finished = one
    yield f"#### Mitigation of {code(started.pattern)}"
    yield ""
    yield f"- **For:** {code(f'{started.gate}/{started.step}')}"
    yield _command(started.command, started.timeout_s)
    if finished is None:
        yield f"- **Ended:** {_CUT_SHORT}"
        return
    sign = "✅" if one.well else "❌"
    yield f"- **Ended:** {sign} {prose(ended_words(finished))}, after {duration(finished.duration_s)}"
    yield from _output(finished.output, finished.output_digest)


def _call(one: FixerCall, calls: int) -> Iterator[str]:
    started, finished = one
    yield f"#### Fixer, {call_title(started.call, calls)}"
    yield ""
    yield f"- **Provider:** {code(started.provider) if started.provider else NOT_STATED}"
    yield _command(started.command, started.timeout_s)
    where = f"{code(started.brief_file)}, " if started.brief_file else ""
    yield f"- **Brief:** {where}{code(short(started.brief))}"
    if finished is None:
        yield f"- **Ended:** {_CUT_SHORT}"
    else:
        yield from _finished(finished)


def _finished(finished: FixerFinished) -> Iterator[str]:
    after = f", after {duration(finished.duration_s)}" if finished.duration_s else ""
    yield f"- **Ended:** {prose(ended_words(finished))}{after}"
    yield f"- **Changed:** {listed(tuple(map(code, finished.changed)), _NAMED) or 'nothing'}"
    if finished.commits:
        yield f"- **Commits:** {commits_words(finished.commits)}"
    # Commits are told above.
    found = sorted((one for one in finished.findings if one.kind != "fixer-committed"), key=lambda one: not one.blocks)
    for finding in found[:_FINDINGS_SHOWN]:
        yield f"- {'❌' if finding.blocks else '⚠️'} **{prose(finding.kind)}:** {prose(finding.message)}"
    if len(found) > _FINDINGS_SHOWN:
        yield f"- and {plural(len(found) - _FINDINGS_SHOWN, 'more finding')}"
    if finished.violating:
        yield f"- ❌ **Still there, and not allowed:** {listed(tuple(map(code, finished.violating)), _NAMED)}"
    yield f"- **Usage:** {prose(usage_words(finished.usage, NOT_STATED)) or NOT_STATED}"
    yield from _output(finished.output, finished.output_digest)
    if finished.diffstat:
        more = len(finished.diffstat) - _DIFF_LINES
        rest = [f"… and {plural(more, 'more file')}"] if more > 0 else []
        yield ""
        yield block([*finished.diffstat[:_DIFF_LINES], *rest])


def commits_words(commits: tuple[str, ...]) -> str:
    """Commits with ids as people write them."""
    return listed(tuple(code(commit_words(commit)) for commit in commits), _NAMED)


def _breaker(one: BreakerOpened) -> str:
    if one.kind == "no-progress":
        return f"🛑 **Stopped early:** {prose(breaker_words(one))}"
    again = f"; it is asked again after {duration(one.closed_after_s)}" if one.closed_after_s else ""
    return f"⚠️ **Not asked any more:** {code(one.signature)}: {prose(breaker_words(one))}{again}"


def _command(command: str, timeout_s: float) -> str:
    limit = f" (at most {duration(timeout_s)})" if timeout_s else ""
    return f"- **Command:** {code(command, 300)}{limit}"


def _output(output: str | None, digest: str | None) -> Iterator[str]:
    if output is not None:
        yield f"- **Output:** {code(output)}" + (f", {code(short(digest))}" if digest else "")
