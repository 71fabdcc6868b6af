"""Owns weighing an HTTP answer against what was expected of it, and saying both in words. Pure; asks nobody."""

import json

from gatekeeper.adapters.probes.jsonpath import Json, Missing, find, same
from gatekeeper.adapters.probes.words import Mask, milliseconds, seconds, shortened
from gatekeeper.model.plan import HttpExpectation, JsonExpectation, Pairs
from gatekeeper.model.record import NamedTuple


class Answer(NamedTuple):
    """A whole HTTP answer. `cut` tells that the body was longer than is read."""

    status: int
    headers: Pairs
    text: str
    cut: bool = False


def expected_words(expect: HttpExpectation, mask: Mask) -> str:
    """The expectation on one line, as in ``status 409, $.error present, within 2 s``."""
    parts = [f"status {' or '.join(map(str, expect.status))}"] if expect.status else []
    parts += [
        f"{path} present" if equals is None else f"{path} = {shortened(mask(equals))}"
        for path, equals, _ in expect.json
    ]
    parts += [f"header {name}: {shortened(mask(wanted))}" for name, wanted in expect.headers]
    if expect.contains is not None:
        parts.append(f"body with {shortened(mask(expect.contains))!r}")
    words = ", ".join(parts) or "any answer"
    return words if expect.within_s is None else f"{words} within {seconds(expect.within_s)}"


def weigh(expect: HttpExpectation, answer: Answer, ms: float, mask: Mask) -> tuple[str, Pairs]:
    """What speaks against `answer` (empty where nothing does), and the values that were captured from it."""
    problems: list[str] = []
    captures: list[tuple[str, str]] = []
    if expect.status and answer.status not in expect.status:
        wanted = " or ".join(map(str, expect.status))
        problems.append(f"expected {wanted}, received {answer.status} after {milliseconds(ms)}")
    if expect.within_s is not None and ms > expect.within_s * 1000:
        problems.append(f"expected within {seconds(expect.within_s)}, took {milliseconds(ms)}")
    problems += _headers(expect.headers, answer, mask)
    if expect.contains is not None and expect.contains not in answer.text:
        beyond = " in its first MiB" if answer.cut else ""
        problems.append(f"the body does not hold {shortened(mask(expect.contains))!r}{beyond}")
    if expect.json:
        in_json, captures = _json(expect.json, answer, mask)
        problems += in_json
    # Captures of an answer that was not the expected one would lead later steps astray.
    return "; ".join(problems), () if problems else tuple(captures)


def _headers(wanted: Pairs, answer: Answer, mask: Mask) -> list[str]:
    problems = []
    for name, text in wanted:
        values = [value for key, value in answer.headers if key.lower() == name.lower()]
        if not values:
            problems.append(f"the header {name} is missing")
        elif not any(text.lower() in value.lower() for value in values):
            problems.append(f"expected {name}: {shortened(mask(text))}, received {shortened(mask(', '.join(values)))}")
    return problems


def _json(places: tuple[JsonExpectation, ...], answer: Answer, mask: Mask) -> tuple[list[str], list[tuple[str, str]]]:
    if answer.cut:
        return ["the body is larger than 1 MiB, so it was not read as JSON"], []
    try:
        document: Json = json.loads(answer.text)
    except (ValueError, RecursionError):
        kind = next((value for key, value in answer.headers if key.lower() == "content-type"), "no content type")
        return [f"the body is not JSON ({shortened(mask(kind))})" if answer.text else "the body is empty, not JSON"], []
    problems, captures = [], []
    for place in places:
        match find(document, place.path):
            case Missing(why):
                problems.append(why)
            case found:
                value = found.value
                received = json.dumps(value, ensure_ascii=False)
                if place.equals is not None and not _is(value, place.equals):
                    wanted, got = shortened(mask(place.equals)), shortened(mask(received))
                    problems.append(f"expected {place.path} to be {wanted}, received {got}")
                if place.capture is not None:
                    captures.append((place.capture, value if isinstance(value, str) else received))
    return problems, captures


def _is(value: Json, wanted: str) -> bool:
    try:
        return same(value, json.loads(wanted))
    except ValueError:
        return value == wanted  # a text that was filled in without its quotes
