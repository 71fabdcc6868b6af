"""Owns compiling probes, wherever one stands, and the rules on what a probe needs. Knows no step."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from gatekeeper.adapters.definition import models
from gatekeeper.adapters.definition.jsontext import json_text
from gatekeeper.adapters.definition.mistakes import Mistakes
from gatekeeper.adapters.definition.place import Place
from gatekeeper.adapters.definition.scalars import Value, mapping
from gatekeeper.model.plan import (
    Check,
    FileProbe,
    HttpExpectation,
    HttpProbe,
    JsonExpectation,
    Pairs,
    Probe,
    TcpProbe,
)

CheckKind: TypeAlias = Literal["ready", "after_each"]
KINDS = ("http", "tcp", "file")
_OF_HTTP = ("json", "body", "headers", "expect")
_METHOD = re.compile(r"[A-Z]{3,16}")
_PATH = re.compile(r"\$(?:\.[^.\[\]'\"\s]+|\[-?[0-9]{1,9}\]|\['[^']*'\]|\[\"[^\"]*\"\])*")
_ADDRESS = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):([0-9]{1,5})")


class Probes:
    """Compiles the probes of one definition."""

    def __init__(self, mistakes: Mistakes) -> None:
        """Problems go to `mistakes`."""
        self._mistakes = mistakes

    def check(
        self, kind: Literal["ready", "after_each"], keys: models.Check, raw: dict[str, Value], place: Place
    ) -> Check | None:
        """A probe that belongs to a step, or None where it is no probe."""
        given = [name for name in KINDS if name in raw]
        if len(given) != 1:
            found = " and ".join(f"`{name}`" for name in given) or "none"
            self._mistakes.add(place, f"a probe is one of `http`, `tcp` and `file`, found {found}", at_key=True)
            return None
        probe = self.probe(given[0], keys, raw, place)
        return probe and Check(kind, probe, keys.within or 0.0)

    def probe(self, kind: str, keys: models.ProbeKeys, raw: dict[str, Value], place: Place) -> Probe | None:
        """The probe of this kind, or None where a mistake was noted that leaves nothing to go on with."""
        if kind != "http":
            for name in _OF_HTTP:
                if name in raw:
                    self._mistakes.add((*place, name), f"`{name}` belongs to `http`, not to `{kind}`", at_key=True)
        match kind:
            case "http":
                return self._http(keys, raw, place)
            case "tcp":
                return self._tcp(keys, place)
            case _:
                return self._file(keys, place)

    def _http(self, keys: models.ProbeKeys, raw: dict[str, Value], place: Place) -> HttpProbe | None:
        if "expect" not in raw:
            hint = "write `expect: {status: 200}`"
            self._mistakes.add(
                (*place, "http"), "an http probe says what it expects, and this one doesn't", hint, at_key=True
            )
        elif keys.expect is not None and not raw["expect"]:
            self._mistakes.add((*place, "expect"), "this expects nothing", "write `expect: {status: 200}`")
        if "json" in raw and "body" in raw:
            self._mistakes.add((*place, "body"), "`json` and `body` are two bodies", "remove one", at_key=True)
        if keys.http is None:
            return None
        method, url = self._request(keys.http, (*place, "http"))
        return HttpProbe(
            method,
            url,
            headers=_pairs(keys.headers),
            json=json_text(raw["json"], (*place, "json"), self._mistakes.add) if "json" in raw else None,
            body=keys.body,
            expect=self._expectation(keys.expect, mapping(raw.get("expect")), (*place, "expect")),
        )

    def _request(self, written: str, place: Place) -> tuple[str, str]:
        method, _, url = written.strip().partition(" ")
        url = url.strip()
        if not url:
            example = f"write `GET {method}`" if "/" in method or "$" in method else "write `GET http://…`"
            self._mistakes.add(place, "a method and a URL are wanted here", example)
        elif not _METHOD.fullmatch(method):
            hint = f"write {method.upper()}" if _METHOD.fullmatch(method.upper()) else "write it like GET or POST"
            self._mistakes.add(place, f"{method!r} is not a method", hint)
        elif not url.startswith(("http://", "https://", "${")):
            hint = "write where to, like http://127.0.0.1:8080/health"
            self._mistakes.add(place, f"{url!r} is not a URL that begins with http:// or https://", hint)
        elif re.search(r"\s", re.sub(r"\$\{[^{}]*\}", "", url)):
            self._mistakes.add(place, "there is a space in the URL", "write %20 for a space")
        return method, url

    def _expectation(self, expect: models.Expect | None, raw: dict[str, Value], place: Place) -> HttpExpectation:
        if expect is None:
            return HttpExpectation()
        answers = mapping(raw.get("json"))
        # The model has the paths; what is wanted there may be anything, and is taken as it was written.
        return HttpExpectation(
            status=expect.status,
            json=tuple(self._place_of_answer(path, answers[path], (*place, "json", path)) for path in expect.json_),
            headers=_pairs(expect.headers),
            contains=expect.contains,
            within_s=expect.within,
        )

    def _place_of_answer(self, path: str, wanted: Value, place: Place) -> JsonExpectation:
        if not _PATH.fullmatch(path):
            hint = "write it like $.user.id or $.items[0]"
            self._mistakes.add(place, f"{path!r} is not a path into JSON", hint, at_key=True)
        if not isinstance(wanted, dict) or not wanted or not wanted.keys() & {"equals", "capture"}:
            return JsonExpectation(path, equals=json_text(wanted, place, self._mistakes.add))
        for key in wanted.keys() - {"equals", "capture"}:
            hint = "put what is wanted under `equals:`"
            self._mistakes.add((*place, key), f"`{key}` stands beside `equals` or `capture`", hint, at_key=True)
        capture = wanted.get("capture")
        if capture is not None and not (isinstance(capture, str) and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", capture)):
            hint = "letters, digits, `_` and `-`, beginning with a letter"
            self._mistakes.add((*place, "capture"), "this is not a name to capture under", hint)
            capture = None
        return JsonExpectation(
            path,
            equals=json_text(wanted["equals"], (*place, "equals"), self._mistakes.add) if "equals" in wanted else None,
            capture=None if capture is None else str(capture),
        )

    def _tcp(self, keys: models.ProbeKeys, place: Place) -> TcpProbe | None:
        match keys.tcp:
            case str(address):
                probe = TcpProbe(address)
            case models.Tcp():
                probe = TcpProbe(keys.tcp.address, keys.tcp.open)
                place = (*place, "tcp")
            case _:
                return None
        found = _ADDRESS.fullmatch(probe.address)
        if "${" not in probe.address and not (found and 0 < int(found[1]) < 65536):
            here = (*place, "address") if isinstance(keys.tcp, models.Tcp) else (*place, "tcp")
            self._mistakes.add(here, f"{probe.address!r} is not an address", "write it like 127.0.0.1:8080")
        return probe

    def _file(self, keys: models.ProbeKeys, place: Place) -> FileProbe | None:
        match keys.file:
            case str(path):
                return FileProbe(path)
            case models.File(path=path, exists=exists, contains=contains):
                if not exists and contains is not None:
                    message = "a file that must not be there holds no text"
                    self._mistakes.add(
                        (*place, "file", "contains"), message, "remove `contains` or `exists`", at_key=True
                    )
                return FileProbe(path, exists, contains)
            case _:
                return None


def _pairs(mapping: dict[str, str]) -> Pairs:
    return tuple(mapping.items())
