"""Owns compiling how far a run goes to get to green, and who helps between its rounds."""

from __future__ import annotations

from gatekeeper.adapters.definition import until_green_models as models
from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.steps import Steps
from gatekeeper.adapters.definition.usage import EVERYWHERE, SETTLED, Usage
from gatekeeper.model.cycle_parts import RepoSpec
from gatekeeper.model.plan import FixerSpec, Shell, UntilGreen
from gatekeeper.policy.binding import Reference, references

_FIXER: Place = ("until_green", "fixer")
_KNOWN_BETWEEN_ROUNDS = EVERYWHERE - {"capture"}
_OF_A_ROUND = (Reference("run", "round"), Reference("run", "attempt"))


def compile_until_green(found: models.UntilGreen, steps: Steps, usage: Usage, mistakes: Mistakes) -> UntilGreen:
    """The policy of the run; what is wrong with its fixer is noted."""
    return UntilGreen(
        rounds=found.rounds,
        within_s=found.within,
        round_within_s=found.round_within,
        flaky=found.flaky,
        retry_unchanged=found.retry_unchanged,
        retry_infra=found.retry_infra,
        confirm=found.confirm,
        mitigate=found.mitigate,
        prove_fix=found.prove_fix,
        fixer=_fixer(found.fixer, steps, usage, mistakes) if isinstance(found.fixer, models.Fixer) else None,
    )


def compile_repo(name: str, found: models.Repo, usage: Usage, mistakes: Mistakes) -> RepoSpec:
    """What becomes of a repo's changes, and what a scratch worktree of it shares; its path is looked at elsewhere."""
    place: Place = ("repos", name)
    _check_message(found.commit or "", (*place, "commit"), usage, mistakes)
    _refuse_outside(found.share, (*place, "share"), mistakes)
    return RepoSpec(
        name=name,
        path=found.path,
        branch=found.branch,
        settle=found.settle,
        commit=found.commit or "",
        push=found.push or "",
        share=found.share,
    )


def _check_message(message: str, place: Place, usage: Usage, mistakes: Mistakes) -> None:
    usage.check(place, message, SETTLED)
    for reference in references(message):
        if reference in _OF_A_ROUND:
            said = f"${{run.{reference[1]}}} has no value here: the commit is made when the rounds are over"
            mistakes.add(place, said, "write ${run.id}, or remove it")


def _fixer(keys: models.Fixer, steps: Steps, usage: Usage, mistakes: Mistakes) -> FixerSpec:
    _check_references(keys, usage)
    for key, globs in (("scope", keys.scope), ("protected", keys.protected)):
        _refuse_outside(globs, (*_FIXER, key), mistakes)
    return FixerSpec(
        command=steps.command(keys.run, (*_FIXER, "run")) or Shell(""),
        cwd=steps.folder(keys.in_, (*_FIXER, "in")),
        timeout_s=keys.timeout,
        calls=keys.calls,
        scope=keys.scope,
        protected=keys.protected,
        provider=keys.provider or "",
        goal=keys.goal or "",
        env=tuple(keys.env.items()),
        undo=keys.undo,
        brief_size=keys.brief,
        line=mistakes.line(_FIXER),
    )


def _check_references(keys: models.Fixer, usage: Usage) -> None:
    words = [keys.run] if isinstance(keys.run, str) else keys.run
    texts: list[tuple[Place, str]] = [(("run", number), word) for number, word in enumerate(words)]
    texts += [(("env", name), value) for name, value in keys.env.items()]
    texts += [(("in",), keys.in_ or ""), (("provider",), keys.provider or ""), (("goal",), keys.goal or "")]
    for place, text in texts:
        usage.check((*_FIXER, *place), text, _KNOWN_BETWEEN_ROUNDS)


def _refuse_outside(paths: tuple[str, ...], place: Place, mistakes: Mistakes) -> None:
    for number, path in enumerate(paths):
        if path.startswith(("/", "~")) or ".." in path.split("/"):
            hint = "write it as it is called from the top of the repo"
            mistakes.add((*place, number), f"{path!r} does not lie in the repo", hint)
