"""Owns what a cycle says beside its gates: repos, reading, classes, log, notifications. Knows no step."""

from gatekeeper.model.record import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:  # a plan is made of these
    from gatekeeper.model.plan import Command

SHARED = ("node_modules", ".venv", "venv")
"""Folders of dependencies that git ignores and a scratch worktree has, too, where the definition says nothing."""


class RepoSpec(NamedTuple):
    """A working tree that the cycle touches. `settle` are globs whose drift the log must tell the end of.

    `commit` is the message with which what a green run changed is committed, empty for never; `push` the remote that
    its branch is then pushed to, empty for never. `share` are folders that git ignores and that a scratch worktree of
    it has all the same, as links.
    """

    name: str
    path: str
    branch: str | None = None
    settle: tuple[str, ...] = ()
    commit: str = ""
    push: str = ""
    share: tuple[str, ...] = SHARED


class Reading(NamedTuple):
    """A document that the run must have had."""

    repo: str | None
    path: str


class TimeoutClass(NamedTuple):
    """The permitted range of a hard timeout; the default is the upper end."""

    name: str
    shortest_s: float
    longest_s: float


class LogSpec(NamedTuple):
    """Where the execution log is written, and the folder with the project's own templates, empty for none."""

    file: str
    templates: str = ""


class Notification(NamedTuple):
    """Whom to tell about which endings. `to` is a URL; an empty one, after binding, means nobody.

    A `command` is run instead, and given the message.
    """

    to: str
    on: tuple[str, ...]
    command: "Command | None" = None
