"""The house stands as it is drawn: imports go downward, files are small and say what they own, records are frozen."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = {"model": 0, "policy": 1, "engine": 2, "adapters": 3, "cli": 4}
SHARED = ("adapters", "disk")
"""The one adapter that the others may import; it imports none of them."""
LINES = 300
OURS = sorted((ROOT / "gatekeeper").rglob("*.py"))
ALL = OURS + sorted((ROOT / "tests").rglob("*.py"))
# What lets code see or change the world: a decision that imports one of these is no longer a decision.
WORLD = {
    "anyio", "asyncio", "fcntl", "glob", "http", "io", "multiprocessing", "os", "pathlib", "platform",
    "psutil", "random", "secrets", "select", "shutil", "socket", "subprocess", "sys", "tempfile", "threading", "time",
    "urllib.request", "uuid",
}  # fmt: skip


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree_of(path)))


def room_of(module: str) -> tuple[str, ...]:
    """The room that a module of ours lies in: its floor, and below `adapters` also which adapter it is."""
    parts = module.split(".")[1:]
    if not parts or parts == ["__main__"]:
        return ("cli",) if parts else ()
    return tuple(parts[:2]) if parts[0] == "adapters" else (parts[0],)


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of every import, those inside functions and those by name included."""
    package = module_of(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in nodes_of(path):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, name.name) for name in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = package[: len(package) - level + 1] if level else []
                origin = ".".join([*base, *([module] if module else [])])
                yield from ((node.lineno, f"{origin}.{name.name}") for name in names)
            case ast.Call(func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__")):
                for argument in node.args[:1]:
                    if isinstance(argument, ast.Constant):
                        yield node.lineno, str(argument.value)
            case _:
                pass


def trespasses(path: Path) -> list[str]:
    here = room_of(module_of(path))
    found = []
    for line, name in imports_of(path):
        if name.split(".")[0] != "gatekeeper":
            continue
        there = room_of(name)
        if not there or not here or there[0] not in FLOORS or there == here or there == ("adapters",):
            continue
        if there == SHARED and here[0] == "adapters":
            continue
        if FLOORS[there[0]] >= FLOORS[here[0]]:
            found.append(f"{path.relative_to(ROOT)}:{line} imports {name}")
    return found


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_plan_covers_every_room() -> None:
    """A folder that the plan does not know would stand outside every rule below."""
    rooms = {path.name for path in (ROOT / "gatekeeper").iterdir() if path.is_dir() and any(path.glob("*.py"))}
    assert rooms <= FLOORS.keys()


def test_imports_go_downward_only() -> None:
    """Not up, and not sideways from one adapter into another, save into the one that they share."""
    assert [found for path in OURS for found in trespasses(path)] == []


def test_an_upward_and_a_sideways_import_would_be_seen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The rule above has teeth: also in a function, also relative, also by name."""
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    guard = tmp_path / "gatekeeper" / "adapters" / "guard"
    guard.mkdir(parents=True)
    bad = guard / "bad.py"
    bad.write_text(
        "from gatekeeper.adapters.journal.writer import Writer\n"
        "from ..console import plain\n"
        "def late():\n"
        "    import gatekeeper.cli.wiring\n"
        "    import_module('gatekeeper.cli.main')\n"
        "from gatekeeper.adapters.disk import small_files\n"
        "from gatekeeper.model import plan\n"
        "from . import warden\n"
    )
    assert len(trespasses(bad)) == 4
    disk = tmp_path / "gatekeeper" / "adapters" / "disk" / "bad.py"
    disk.parent.mkdir()
    disk.write_text("from gatekeeper.adapters.guard import warden\n")
    assert len(trespasses(disk)) == 1


DECIDING = [path for path in OURS if room_of(module_of(path)) in {("model",), ("policy",)}]


def test_what_decides_knows_no_world() -> None:
    """The two lowest floors import nothing with which one could read a clock, a file, a process or chance."""
    assert any(path.parent.parent.name == "policy" for path in DECIDING), "the folders below belong to their floor"
    found = [
        f"{name_of(path)}:{line} imports {name}"
        for path in DECIDING
        for line, name in imports_of(path)
        if any(name == world or name.startswith(f"{world}.") for world in WORLD)
    ]
    for path in DECIDING:
        for node in nodes_of(path):
            match node:
                case ast.AsyncFunctionDef(lineno=line) | ast.Await(lineno=line):
                    found.append(f"{name_of(path)}:{line} waits")
                # A `now` or `today` that is somebody's field is no clock.
                case (
                    ast.Attribute(value=ast.Name("date" | "datetime"), attr="now" | "utcnow" | "today", lineno=line)
                    | ast.Call(func=ast.Attribute(attr="now" | "utcnow" | "today"), lineno=line)
                ):
                    found.append(f"{name_of(path)}:{line} reads a clock")
                case _:
                    pass
    assert found == []


def test_files_are_small_and_say_what_they_own() -> None:
    """A file past three hundred lines is usually two ideas; one without a first sentence is none."""
    found = []
    for path in ALL:
        text = path.read_text(encoding="utf-8")
        if (length := len(text.splitlines())) > LINES:
            found.append(f"{name_of(path)} has {length} lines")
        # What begins with a string has a docstring; no tree is needed to see that.
        if text.strip() and not text.startswith(('"""', 'r"""')):
            found.append(f"{name_of(path)} has no module docstring")
    assert found == []


def test_packages_import_nothing() -> None:
    """Start-up pays for what it uses, and not for what lies beside it."""
    found = {}
    for path in OURS:
        if path.name == "__init__.py":
            says_its_version = ["Expr", "Assign"] if path.parent.name == "gatekeeper" else ["Expr"]
            holds = [type(node).__name__ for node in tree_of(path).body]
            if holds not in ([], ["Expr"], says_its_version):
                found[name_of(path)] = holds
    assert found == {}


def test_records_that_cross_floors_are_frozen() -> None:
    """The model holds nothing that somebody else could change under one's hands."""
    for path in sorted((ROOT / "gatekeeper" / "model").glob("*.py")):
        for node in nodes_of(path):
            if not isinstance(node, ast.ClassDef):
                continue
            bases = {ast.unparse(base) for base in node.bases}
            frozen = any("frozen=True" in ast.unparse(decorator) for decorator in node.decorator_list)
            error = any(base.endswith(("Error", "Exception", "Fault")) for base in bases)
            assert frozen or error or bases & {"NamedTuple", "StrEnum", "IntEnum", "Protocol", "tuple", "type"}, (
                f"{name_of(path)}: {node.name} can be changed"
            )
