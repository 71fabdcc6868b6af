"""Owns "did you mean": the known names nearest to one that is not known."""

from __future__ import annotations

from collections.abc import Iterable

_MOST_COMPARED = 2000


def nearest(name: str, known: Iterable[str], *, most: int = 1) -> tuple[str, ...]:
    """Up to `most` of `known` that look or sound like `name`, nearest first."""
    import difflib

    candidates = list(known)
    by_fold = {candidate.casefold().replace("_", "-"): candidate for candidate in candidates}
    folded = name.casefold().replace("_", "-")
    if folded in by_fold:
        return (by_fold[folded],)
    if len(candidates) > _MOST_COMPARED:
        by_fold = {fold: candidate for fold, candidate in by_fold.items() if abs(len(fold) - len(folded)) <= 2}
    near = difflib.get_close_matches(folded, list(by_fold)[:_MOST_COMPARED], n=most, cutoff=0.6)
    return tuple(by_fold[fold] for fold in near)


def did_you_mean(name: str, known: Iterable[str], *, what: str = "") -> str:
    """A hint for the unknown `name`: the nearest known one, else all that are known, where they are few."""
    candidates = list(known)
    near = nearest(name, candidates)
    if near:
        return f"did you mean `{near[0]}`?"
    if not candidates:
        return f"none {what} defined" if what else ""
    listed = ", ".join(candidates[:24]) + (", …" if len(candidates) > 24 else "")
    return f"known here: {listed}"
