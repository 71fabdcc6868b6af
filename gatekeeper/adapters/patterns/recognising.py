"""Owns recognising a failure: its texts are gathered, sifted, and handed to whoever tries patterns. Judges nothing."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

from gatekeeper.adapters.patterns.registry import Registry
from gatekeeper.adapters.patterns.sifting import read_output, sift
from gatekeeper.adapters.patterns.trying import Tried, Try, try_in_turn
from gatekeeper.model.helping import Recognised
from gatekeeper.model.pattern import Pattern
from gatekeeper.model.plan import Step
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.verdict import StepResult
from gatekeeper.policy.describe import work_line
from gatekeeper.policy.patterns.failed_tests import FAILED_TESTS, class_beside_tests
from gatekeeper.policy.patterns.filling import NotCaptured, names_in
from gatekeeper.policy.patterns.fitting import Facts, facts_of, fits
from gatekeeper.policy.patterns.known import HOLDER, PORT, known_failure
from gatekeeper.policy.patterns.literals import literals_of
from gatekeeper.policy.patterns.looking import Seen, possible
from gatekeeper.policy.patterns.ports_meant import ports_meant


class Failure(NamedTuple):
    """What there is to recognise: how it ended, all that was said, and the values of names that texts may ask for.

    `ports` are those that the step may mean (see `ports_meant`) and that somebody listens on.
    """

    facts: Facts
    content: bytes
    values: tuple[tuple[str, str], ...]
    ports: tuple[int, ...] = ()


class PatternRecogniser:
    """Recognises failures of a run by patterns (port `Recogniser`)."""

    def __init__(
        self,
        run_folder: str,
        load: Callable[[], Registry],
        holder: Callable[[int], str],
        listened: Callable[[int], bool] = lambda _: False,
    ) -> None:
        """Take patterns from `load`, which is called once, when something failed.

        `holder` says who holds a port, `listened` whether somebody listens on it.
        """
        self._run_folder = run_folder
        self._load = load
        self._holder = holder
        self._listened = listened
        self._registry: Registry | None = None
        self._loading = threading.Lock()

    async def recognise(self, step: Step, result: StepResult) -> Recognised:
        """What is known of a bound step that did not pass."""
        from anyio import to_thread

        return await to_thread.run_sync(self._recognise, step, result)

    def _recognise(self, step: Step, result: StepResult) -> Recognised:
        registry, unread = self._read()
        try:
            failure = failure_of(step, result, self._run_folder)
        except OSError as fault:
            return Recognised(
                skipped=(
                    *unread,
                    f"the output of {step.id} cannot be read: {fault.strerror}",
                )
            )
        failure = failure._replace(ports=tuple(filter(self._listened, failure.ports)))
        found = recognised(registry.patterns, failure, self._holder)
        return found._replace(skipped=(*unread, *found.skipped))

    def _read(self) -> tuple[Registry, tuple[str, ...]]:
        """All patterns, and what is to be told of their files, once. Steps that fail side by side ask side by side."""
        with self._loading:
            if self._registry is not None:
                return self._registry, ()
            self._registry = self._load()
            return self._registry, _unread(self._registry)


def _unread(registry: Registry) -> tuple[str, ...]:
    """What is wrong with pattern files, a line each; `gatekeeper check` tells all of it."""
    by_file: dict[str, list[str]] = {}
    for problem in registry.problems:
        by_file.setdefault(problem.file, []).append(str(problem).partition("\n")[0])
    return tuple(
        f"{told[0]}; the pattern is left out" + (f" ({len(told) - 1} more: gatekeeper check)" if told[1:] else "")
        for told in by_file.values()
    )


def failure_of(step: Step, result: StepResult, run_folder: str) -> Failure:
    """What a step's attempt left to recognise its failure by. Raises `OSError` where the output cannot be read."""
    attempt = result.attempt
    content = b""
    if attempt is not None and attempt.output is not None:
        content = read_output(os.path.join(run_folder, attempt.output.path))
    said = "\n".join(_said(result))
    facts = facts_of(step.work, result)
    values = {"step": step.name, "gate": step.gate, "cwd": step.cwd, "command": work_line(step.work)}
    values["python"] = sys.executable
    values["exit_code"] = "" if facts.exit is None else str(facts.exit)
    return Failure(facts, content + b"\n" + said.encode("utf-8", "replace"), tuple(values.items()), ports_meant(step))


def _said(result: StepResult) -> Iterator[str]:
    yield from (finding.message for finding in result.findings)
    attempt = result.attempt
    if attempt is None:
        return
    for probe in (attempt.probe, *(check.probe for check in attempt.checks)):
        if probe is not None and not probe.met:
            yield probe.problem
            yield probe.received.excerpt


def recognised(
    patterns: tuple[Pattern, ...],
    failure: Failure,
    holder: Callable[[int], str],
    look_for: Callable[[Sequence[Try], Sequence[str]], Tried] = try_in_turn,
) -> Recognised:
    """What the first of `patterns` that fits says of the failure; blocks for as long as `look_for` does."""
    fitting = [
        pattern._replace(matches=ways)
        for pattern in patterns
        if (ways := tuple(match for match in pattern.matches if fits(match, failure.facts)))
    ]
    wanted = (FAILED_TESTS, *(match.text for pattern in fitting for match in pattern.matches))
    literals = {
        literal for texts in wanted for regex in (*texts.any, *texts.all, *texts.none) for literal in literals_of(regex)
    }
    lines = sift(failure.content, sorted(literals))
    together = "\n".join(lines)
    tries = [
        Try(pattern.id, tuple(match.text for match in pattern.matches))
        for pattern in fitting
        if any(possible(match.text, together) for match in pattern.matches)
    ]
    tried = look_for(tries, lines)
    pattern = next((each for each in fitting if each.id == tried.pattern), None)
    if pattern is None:
        return Recognised(skipped=tried.skipped)
    class_ = class_beside_tests(pattern.matches[tried.way].class_ or pattern.class_, lines)
    pattern = pattern._replace(class_=class_)
    values = dict(failure.values) | _holder_of(pattern, tried.seen, failure.ports, holder)
    try:
        return Recognised(known_failure(pattern, tried.seen, values), tried.skipped)
    except NotCaptured as name:
        return Recognised(
            skipped=(*tried.skipped, f"the pattern {pattern.id} is left out: nothing was captured for {{{name}}}")
        )


def _holder_of(pattern: Pattern, seen: Seen, meant: tuple[int, ...], holder: Callable[[int], str]) -> dict[str, str]:
    """`HOLDER`, where it is asked for; and `PORT` where nothing captured it and one alone is `meant`."""
    asked = any(name == HOLDER for text in (pattern.root_cause, pattern.suggestion) for name, _ in names_in(text))
    if not asked:
        return {}
    port = dict(seen.captures).get(PORT, "")
    if port:
        return {HOLDER: holder(int(port))} if port.isdecimal() and 0 < int(port) < 1 << 16 else {}
    return {PORT: str(meant[0]), HOLDER: holder(meant[0])} if len(meant) == 1 else {}
