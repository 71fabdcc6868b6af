"""Owns comparing two versions of an API, operation by operation: what was promised, and is it still kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

from gatekeeper.model.record import NamedTuple
from gatekeeper.policy.ready_made.checked import Checked, Spot
from gatekeeper.policy.ready_made.openapi.contract import Contract, Node, Unfit, listed
from gatekeeper.policy.ready_made.openapi.schemas import Changes, Schemas, Side

Lines: TypeAlias = Mapping[tuple[str, str], int]
"""The line of a path (with an empty method) and of an operation, as far as they are known."""

_Mapping: TypeAlias = dict[str, Node]
_ANYTHING: Node = {}
"""Where no schema is given. One object: schemas are known by their identity."""


class Operation(NamedTuple):
    """One operation of a contract; `item` is what stands at its path."""

    path: str
    method: str
    item: _Mapping
    body: _Mapping


def compare(base: Contract, head: Contract, lines: Lines) -> tuple[Checked, ...]:
    """Every operation of `base`, checked against `head`; `lines` are those of `head`'s root document."""
    return _Comparison(base, head, lines).checks()


class _Comparison:
    def __init__(self, base: Contract, head: Contract, lines: Lines) -> None:
        self._base, self._head, self._lines = base, head, lines
        self._schemas = Schemas(base, head)

    def checks(self) -> tuple[Checked, ...]:
        before = [Operation(*found) for found in self._base.operations()]
        now = [Operation(*found) for found in self._head.operations()]
        after = {(_same(new.path), new.method): new for new in now}
        for contract, found in ((self._base, before), (self._head, now)):
            if not found:
                raise Unfit(f"{contract.root} has not one operation")
        paths = {path for path, _ in after}
        checks = []
        for old in before:
            new = after.get((_same(old.path), old.method))
            name = f"{old.method.upper()} {old.path}"
            if new is None:
                what = "the operation is gone" if _same(old.path) in paths else "the path is gone"
                checks.append(self._checked(name, old, [f"{name}: {what}"], []))
            else:
                changes = self._operation(old, new)
                faults = [f"{name}: {fault}" for fault in changes.faults]
                checks.append(self._checked(name, new, faults, [f"{name}: {one}" for one in changes.warnings]))
        return tuple(checks)

    def _checked(self, name: str, at: Operation, faults: list[str], warnings: list[str]) -> Checked:
        line = self._lines.get((at.path, at.method)) or self._lines.get((at.path, ""), 0)

        def spots(messages: list[str]) -> tuple[Spot, ...]:
            return tuple(Spot(message, self._head.root, line) for message in dict.fromkeys(messages))

        return Checked(self._head.root, name, spots(faults), spots(warnings))

    def _operation(self, old: Operation, new: Operation) -> Changes:
        out = Changes()
        self._parameters(old, new, out)
        self._body(old, new, out)
        self._responses(old, new, out)
        self._security(old, new, out)
        return out

    def _parameters(self, old: Operation, new: Operation, out: Changes) -> None:
        before, after = _parameters(self._base, old), _parameters(self._head, new)
        for key, parameter in before.items():
            where = _said(parameter)
            if key not in after:
                out.warnings.append(f"{where} is gone, and what is sent in it is ignored")
                continue
            if _is_required(after[key]) and not _is_required(parameter):
                out.faults.append(f"{where} is required now")
            self._compare(_schema(self._base, parameter), _schema(self._head, after[key]), "request", where, out)
        for key, parameter in after.items():
            if key not in before and _is_required(parameter):
                out.faults.append(f"{_said(parameter)} is new and required")

    def _body(self, old: Operation, new: Operation, out: Changes) -> None:
        before = self._base.mapping(old.body.get("requestBody"))
        after = self._head.mapping(new.body.get("requestBody"))
        if _is_required(after) and not _is_required(before):
            out.faults.append("the request body is required now" if before else "a request body is new and required")
        if before and not after:
            out.faults.append("the request body is gone")
        elif before:
            self._content(before, after, "request", "request body", out)

    def _responses(self, old: Operation, new: Operation, out: Changes) -> None:
        before = self._base.mapping(old.body.get("responses"))
        after = self._head.mapping(new.body.get("responses"))
        for code, written in before.items():
            if code.startswith("x-"):
                continue
            wider = (f"{code[:1]}XX", f"{code[:1]}xx", *(() if code.startswith("2") else ("default",)))
            found = next((after[one] for one in (code, *wider) if one in after), None)
            where = f"response {code}"
            if found is None:
                out.faults.append(f"{where} is gone")
                continue
            response, now = self._base.mapping(written), self._head.mapping(found)
            self._content(response, now, "response", where, out)
            self._headers(response, now, where, out)

    def _headers(self, before: _Mapping, after: _Mapping, where: str, out: Changes) -> None:
        now_there = self._head.mapping(after.get("headers"))
        left = {name.lower(): self._head.mapping(found) for name, found in now_there.items()}
        for name, written in self._base.mapping(before.get("headers")).items():
            header, now = self._base.mapping(written), left.get(name.lower())
            here = f"{where} header {name}"
            if now is None:
                (out.faults if _is_required(header) else out.warnings).append(f"{here} is gone")
                continue
            if _is_required(header) and not _is_required(now):
                out.faults.append(f"{here} may be missing now")
            self._compare(_schema(self._base, header), _schema(self._head, now), "response", here, out)

    def _content(self, before: _Mapping, after: _Mapping, side: Side, where: str, out: Changes) -> None:
        left = {_media(kind): found for kind, found in self._head.mapping(after.get("content")).items()}
        for kind, written in self._base.mapping(before.get("content")).items():
            found = left.get(_media(kind))
            here = where if _media(kind) == "application/json" else f"{where} ({kind})"
            if found is None and side == "request":
                main = _media(kind).partition("/")[0]
                found = next((left[wide] for wide in (f"{main}/*", "*/*") if wide in left), None)
            if found is None:
                out.faults.append(f"{where}: {kind} is gone")
                continue
            old, new = self._base.mapping(written), self._head.mapping(found)
            self._compare(old.get("schema"), new.get("schema"), side, here, out)

    def _compare(self, old: Node, new: Node, side: Side, where: str, out: Changes) -> None:
        changes = self._schemas.compare(
            _ANYTHING if old is None else old, _ANYTHING if new is None else new, side, where
        )
        out.faults += changes.faults
        out.warnings += changes.warnings

    def _security(self, old: Operation, new: Operation, out: Changes) -> None:
        """Who could call must still be let in: for each way in before there is one now that asks for no more."""
        after = _ways_in(self._head, new)
        for way in _ways_in(self._base, old):
            if not any(all(name in way and scopes <= way[name] for name, scopes in other.items()) for other in after):
                who = " and ".join(sorted(way)) or "nobody's credentials"
                out.faults.append(f"security: {who} was enough, and is not any more")


def _same(path: str) -> str:
    """A path without the names of its parameters, which nobody who calls it sees."""
    return re.sub(r"\{[^{}]*\}", "{}", path)


def _parameters(contract: Contract, operation: Operation) -> dict[tuple[str, str], _Mapping]:
    found: dict[tuple[str, str], _Mapping] = {}
    order = re.findall(r"\{([^{}]*)\}", operation.path)
    for written in (*listed(operation.item.get("parameters")), *listed(operation.body.get("parameters"))):
        parameter = contract.mapping(written)
        name, place = str(parameter.get("name", "")), str(parameter.get("in", ""))
        if place == "path":
            # By their place in the path: a new name changes nothing for who calls it.
            key = str(order.index(name)) if name in order else name
        else:
            key = name.lower() if place == "header" else name
        found[place, key] = parameter
    return found


def _said(parameter: _Mapping) -> str:
    return f"{parameter.get('in')} parameter {parameter.get('name')}"


def _is_required(node: _Mapping) -> bool:
    return node.get("required") is True


def _schema(contract: Contract, node: _Mapping) -> Node:
    if "schema" in node:
        return node["schema"]
    content = contract.mapping(node.get("content"))
    return next((contract.mapping(found).get("schema") for found in content.values()), None)


def _media(kind: str) -> str:
    return kind.partition(";")[0].strip().lower()


def _ways_in(contract: Contract, operation: Operation) -> list[dict[str, set[str]]]:
    written = operation.body.get("security", contract.document.get("security"))
    ways = [one for one in listed(written) if isinstance(one, dict)]
    return [{name: set(map(str, listed(scopes))) for name, scopes in way.items()} for way in ways] or [{}]
