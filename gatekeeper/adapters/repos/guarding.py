"""Owns seeing what a run is judged by change (port `Integrity`): which files differ, and what they hold on both sides.

What a change means is decided in `gatekeeper.policy.integrity`, which is imported only where something changed.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

from gatekeeper.adapters.repos.bounds import Bounds
from gatekeeper.adapters.repos.loose import asides_of, gates_of, ignored_of
from gatekeeper.adapters.repos.reading import BoundRepo
from gatekeeper.adapters.repos.sides import NotCompared, Side, Store, Text, changed_between, committed, decoded
from gatekeeper.model.demands import IntegritySpec
from gatekeeper.model.event_parts import FileDiff
from gatekeeper.model.evidence_events import IntegrityCompared
from gatekeeper.model.integrity import GuardedKind, IntegrityChange
from gatekeeper.model.plan import Plan
from gatekeeper.model.record import NamedTuple
from gatekeeper.model.tree import Tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from gatekeeper.policy.integrity.change import FileChange

_WITHIN_S = 120.0
_KEPT_UNASKED = 500
_COMPARED = 1500
_Found = TypeVar("_Found")


class Watched(NamedTuple):
    """What a run is judged by, besides what tells itself by its name.

    `definition` is its path, `scripts` gives the absolute paths that its steps may run, `compiled` the plan that some
    bytes are, of a definition at a path, or None. With `base` the tree at the start is compared with a ref, too.
    `helped` tells that somebody may work in the repos between rounds: then what git ignores and a test runner loads
    is watched as well.
    """

    root: str
    definition: str
    spec: IntegritySpec
    scripts: Callable[[], frozenset[str]]
    compiled: Callable[[bytes, str], Plan | None]
    base: str = ""
    helped: bool = False


class Guarding:
    """Watches `repos`. Every call but `begin` may take as long as git does, a bounded time."""

    def __init__(self, repos: tuple[BoundRepo, ...], watched: Watched) -> None:
        self._repos = tuple(repo._replace(path=os.path.realpath(repo.path)) for repo in repos)
        self._watched = watched
        self._root = os.path.realpath(watched.root)
        self._store = Store()
        self._loose: dict[str, bytes] = {}
        self._beginning: threading.Thread | None = None
        self._bounds = Bounds(_WITHIN_S)
        self._one_at_a_time = threading.Lock()
        self.spec = watched.spec
        self._covered = any(f"{self._root}/".startswith(f"{repo.path}/") for repo in self._repos)

    def begin(self, tree: Tree) -> None:
        """Keep, beside what else goes on, what differs from its commit now and what lies outside of the trees."""

        def work() -> None:
            self._loose = self._read_loose()
            self._keep(tree)

        self._beginning = threading.Thread(target=work, name="gatekeeper-guarding", daemon=True)
        self._beginning.start()

    async def changes(self, before: Tree, after: Tree) -> tuple[IntegrityChange, ...]:
        """What changed of what judges between two readings of the trees."""
        if before.digest == after.digest:
            return ()
        return await self._aside(lambda: self._between(before, after))

    async def essence(self, before: Tree, after: Tree) -> tuple[FileDiff, ...]:
        """The telling lines of all that changed between two readings, whether it judges or not."""
        return await self._aside(lambda: self._essence(before, after)) if before.digest != after.digest else ()

    async def outside(self) -> tuple[IntegrityChange, ...]:
        """What changed since the start of what judges and lies outside of the trees."""
        return await self._aside(self._outside)

    async def beside_base(self, first: Tree) -> IntegrityCompared | None:
        """What the start differs in from the base; None where the cycle names none. `spec` is right from then on."""
        return await self._aside(lambda: self._beside_base(first)) if self._watched.base else None

    def close(self) -> None:
        """End what still runs."""
        self._bounds.halt()

    async def _aside(self, work: Callable[[], _Found]) -> _Found:
        from anyio import to_thread

        bounds = Bounds(_WITHIN_S)

        def ready() -> _Found:
            if self._beginning is not None:
                self._beginning.join()
            with self._one_at_a_time:
                self._bounds = bounds
                return work()

        try:
            return await to_thread.run_sync(ready, abandon_on_cancel=True)
        finally:
            bounds.halt()

    def _between(self, before: Tree, after: Tree) -> tuple[IntegrityChange, ...]:
        self._keep(after)
        found: list[IntegrityChange] = []
        for repo in self._repos:
            sides = _side(before, repo.name), _side(after, repo.name)
            found += self._compared(repo, *sides)
        return tuple(found)

    def _essence(self, before: Tree, after: Tree) -> tuple[FileDiff, ...]:
        from gatekeeper.adapters.repos.essence import changed_texts
        from gatekeeper.policy.essence import essence

        self._keep(after)
        found = []
        for repo in self._repos:
            sides = _side(before, repo.name), _side(after, repo.name)
            found += changed_texts(repo, *sides, self._store, self._bounds)
        return essence(found)

    def _compared(self, repo: BoundRepo, before: Side, after: Side) -> Iterable[IntegrityChange]:
        from gatekeeper.policy.integrity.change import FileChange

        try:
            moved = changed_between(repo.path, before.commit, after.commit, self._bounds)
            paths = {*moved, *(path for path in {*before.dirty, *after.dirty} if _differs(path, before, after))}
            kinds = self._kinds(repo.path, paths)
            was, now = (self._texts(repo, side, sorted(kinds)) for side in (before, after))
        except NotCompared as fault:
            return self._classified(repo.path, [FileChange(repo.path, "other", None, None, str(fault))])
        return self._classified(
            repo.path,
            [
                _change(path, kinds[path], was[path], now[path])
                for path in sorted(kinds)
                # What is not known on both sides may be the same or not.
                if was[path] != now[path] or was[path].problem
            ],
        )

    def _classified(self, folder: str, changes: list[FileChange]) -> tuple[IntegrityChange, ...]:
        from gatekeeper.policy.integrity.classify import classify

        plans = {}
        for change in changes:
            if change.kind == "definition":
                path = os.path.join(folder, change.path)
                plans[change.path] = self._plan(change.before, path), self._plan(change.after, path)
        try:
            return classify(changes, plans)
        except Exception as fault:  # noqa: BLE001 - no text that anybody writes may end a run, or pass for harmless
            problem = f"gatekeeper could not compare it: {fault!r}"
            return classify([change._replace(problem=problem) for change in changes])

    def _plan(self, text: str | None, path: str) -> Plan | None:
        return None if text is None else self._watched.compiled(text.encode(), path)

    def _kinds(self, folder: str, paths: Iterable[str]) -> dict[str, GuardedKind]:
        """The guarded ones of `paths`."""
        from gatekeeper.policy.integrity.guarded import kind_of

        scripts = frozenset(os.path.relpath(path, folder) for path in self._watched.scripts())
        definition = os.path.relpath(os.path.realpath(self._watched.definition), folder)
        kinds: dict[str, GuardedKind] = {}
        for path in paths:
            kind = "definition" if path == definition else kind_of(path, scripts)
            if kind is not None:
                kinds[path] = kind
        return kinds

    def _texts(self, repo: BoundRepo, side: Side, paths: list[str]) -> dict[str, Text]:
        if len(paths) > _COMPARED:
            raise NotCompared(f"{len(paths)} files that judge changed at once, and {_COMPARED} are compared at most")
        clean = [path for path in paths if path not in side.dirty]
        texts = committed(repo.path, side.commit, clean, self._bounds)
        return texts | {path: self._store.get(side.dirty[path]) for path in paths if path in side.dirty}

    def _keep(self, tree: Tree) -> None:
        for repo in self._repos:
            side = _side(tree, repo.name)
            files = dict(side.dirty)
            if len(files) > _KEPT_UNASKED:
                kinds = self._kinds(repo.path, files)
                files = {path: line for path, line in files.items() if path in kinds}
            self._store.keep(repo.path, files.items())

    def _read_loose(self) -> dict[str, bytes]:
        loose: dict[str, bytes] = {}
        for folder in {self._root, *(repo.path for repo in self._repos)}:
            loose |= asides_of(folder)
        for repo in self._repos if self._watched.helped else ():
            loose |= ignored_of(repo.path, os.path.join(self._root, "gates"), self._bounds)
        if not self._covered:
            loose |= gates_of(self._root, self._watched.scripts())
        return loose

    def _outside(self) -> tuple[IntegrityChange, ...]:
        now = self._read_loose()
        if now == self._loose:
            return ()
        changes: dict[str, list[FileChange]] = {"gates": [], "hooks": []}
        kinds = self._kinds(self._root, [os.path.relpath(path, self._root) for path in {*now, *self._loose}])
        for path in sorted({*now, *self._loose}):
            was, now_there = self._loose.get(path), now.get(path)
            if was == now_there:
                continue
            texts = [Text(None) if content is None else decoded(content) for content in (was, now_there)]
            inside = os.path.relpath(path, self._root)
            if inside in kinds and "/.git/" not in path:
                changes["gates"].append(_change(inside, kinds[inside], *texts))
            else:
                changes["hooks"].append(_change(path, "hook", *texts))
        return (*self._classified(self._root, changes["gates"]), *self._classified(self._root, changes["hooks"]))

    def _beside_base(self, first: Tree) -> IntegrityCompared:
        from gatekeeper.adapters.repos.base import base_of, ignored_judges, loose_changes

        commits: dict[str, str] = {}
        found: list[IntegrityChange] = []
        problem = ""
        for repo in self._repos:
            side = _side(first, repo.name)
            try:
                commits[repo.path] = base_of(repo.path, self._watched.base, side.commit, self._bounds)
                gates = os.path.join(self._root, "gates")
                hidden = ignored_judges(repo.path, gates, commits[repo.path], self._bounds)
            except NotCompared as fault:
                problem = problem or str(fault)
                continue
            self._take_spec(repo.path, commits[repo.path])
            found += self._compared(repo, Side(commits[repo.path], {}), side)
            kinds = self._kinds(repo.path, hidden)
            listed = [_change(path, kinds[path], *texts) for path, texts in hidden.items() if path not in side.dirty]
            found += self._classified(repo.path, listed)
        if not self._covered:
            try:
                commit = base_of(self._root, self._watched.base, "", self._bounds)
                self._take_spec(self._root, commit)
                texts = loose_changes(self._root, commit, self._watched.scripts(), self._bounds)
                kinds = self._kinds(self._root, texts)
                listed = [_change(path, kinds[path], *texts[path]) for path in kinds]
                found += self._classified(self._root, listed)
                commits.setdefault(self._root, commit)
            except NotCompared as fault:
                problem = problem or str(fault)
        if problem:
            found.append(IntegrityChange(self._watched.base, "other", "weakening", (f"not-compared: {problem}",)))
        against = f"{self._watched.base}@{next(iter(commits.values()), 'unknown')[:12]}"
        return IntegrityCompared(against, tuple(found), problem)

    def _take_spec(self, folder: str, commit: str) -> None:
        """Whoever turns the demand down is judged by the demand as it was."""
        path = os.path.relpath(os.path.realpath(self._watched.definition), folder)
        if path.startswith(".."):
            return
        text = committed(folder, commit, [path], self._bounds)[path].text
        plan = self._plan(text, self._watched.definition)
        if plan is not None:
            from gatekeeper.policy.integrity.weight import stricter

            self.spec = stricter(self.spec, plan.integrity)


def _side(tree: Tree, repo: str) -> Side:
    commit = next((state.commit for state in tree.repos if state.name == repo), "")
    return Side(commit, {path: line for name, path, line in tree.files if name == repo})


def _differs(path: str, before: Side, after: Side) -> bool:
    return before.dirty.get(path) != after.dirty.get(path)


def _change(path: str, kind: GuardedKind, was: Text, now: Text) -> FileChange:
    from gatekeeper.policy.integrity.change import FileChange

    return FileChange(path, kind, was.text, now.text, was.problem or now.problem)
