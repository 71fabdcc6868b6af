"""What a step's command finds in its environment."""

from __future__ import annotations

import pytest

from gatekeeper.adapters.local.environment import private_names, step_environment
from gatekeeper.model.outcome import StepOrder
from gatekeeper.model.plan import Argv, Pairs, Step


def environment(
    inherited: dict[str, str], *, env: Pairs = (), added: dict[str, str] | None = None, tty: bool = False
) -> dict[str, str]:
    order = StepOrder("run-1", Step("suite", "unit", Argv(("true",)), 5, env=env, tty=tty), 2, 3, 5)
    return dict(step_environment(order, "/project/backend", inherited, added or {}))


def test_what_was_inherited_is_handed_on() -> None:
    """Tools find their PATH, their home and their virtual environment as the caller had them."""
    caller = {"PATH": "/x/.venv/bin:/bin", "HOME": "/home/me", "VIRTUAL_ENV": "/x/.venv", "PYTHONSAFEPATH": "1"}
    assert environment(caller).items() >= caller.items()


def test_nobody_is_there_to_be_asked() -> None:
    """Prompts, pagers and editors are told so, whatever the caller's own habits are."""
    seen = environment({"PAGER": "less", "EDITOR": "vim", "CI": ""})
    wanted = {"CI": "1", "GIT_TERMINAL_PROMPT": "0", "PAGER": "cat", "DEBIAN_FRONTEND": "noninteractive"}
    assert seen.items() >= wanted.items()
    assert seen["EDITOR"] == "false"


def test_the_step_knows_who_runs_it() -> None:
    """The four GATEKEEPER_ names are there, and nothing inherited can fake them."""
    seen = environment({"GATEKEEPER_ATTEMPT": "99"}, added={"PORT": "4321"})
    ours = {name: value for name, value in seen.items() if name.startswith("GATEKEEPER_")}
    assert ours == {
        "GATEKEEPER_RUN": "run-1",
        "GATEKEEPER_GATE": "suite",
        "GATEKEEPER_STEP": "unit",
        "GATEKEEPER_ATTEMPT": "3",
    }
    assert seen["PORT"] == "4321"
    assert seen["PWD"] == "/project/backend"


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "MAKEFLAGS", "FORCE_COLOR", "OLDPWD"])
def test_what_is_true_of_our_surroundings_only_is_forgotten(name: str) -> None:
    """A hook's repository, make's job server and a terminal's colours are not the step's."""
    assert name not in environment({name: "x"})
    assert environment({name: "x"}, env=((name, "mine"),))[name] == "mine"


def test_the_step_has_the_last_word() -> None:
    """`env:` of the step wins over everything else."""
    seen = environment({"A": "0"}, env=(("A", "1"), ("CI", ""), ("PORT", "1")), added={"PORT": "2"})
    assert (seen["A"], seen["CI"], seen["PORT"]) == ("1", "", "1")


def test_git_settings_given_through_the_environment_stay() -> None:
    """safe.directory and credentials given by the caller are settings, not a place."""
    settings = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    assert environment(settings).items() >= settings.items()


def test_a_terminal_has_a_name() -> None:
    """A program on a terminal looks it up; where the caller has none, it is the one that most know."""
    assert environment({"TERM": "dumb"}, tty=True)["TERM"] == "xterm-256color"
    assert environment({}, tty=True)["TERM"] == "xterm-256color"
    assert environment({"TERM": "tmux-256color"}, tty=True)["TERM"] == "tmux-256color"
    assert environment({}, tty=True, env=(("TERM", "vt100"),))["TERM"] == "vt100"
    assert "TERM" not in environment({})
    assert environment({}, tty=True)["GIT_TERMINAL_PROMPT"] == "0"


@pytest.mark.parametrize("name", ["TMUX", "TMUX_PANE", "DBUS_SESSION_BUS_ADDRESS"])
def test_servers_that_ran_before_are_not_handed_on(name: str) -> None:
    """What a step starts through them would be nobody's child that the guard could know of."""
    assert name not in environment({name: "x"})
    assert environment({name: "x"}, env=((name, "mine"),))[name] == "mine"


def test_python_tells_where_it_hangs() -> None:
    """A step that would rather not says so."""
    assert environment({})["PYTHONFAULTHANDLER"] == "1"
    assert environment({}, env=(("PYTHONFAULTHANDLER", ""),))["PYTHONFAULTHANDLER"] == ""


def test_private_folder_unless_the_step_says_where() -> None:
    """The variables that are to name it are those that the step does not set itself."""
    plain = Step("suite", "unit", Argv(("true",)), 5)
    assert private_names(plain) == ("TMPDIR", "XDG_RUNTIME_DIR", "TMUX_TMPDIR")
    assert private_names(plain._replace(env=(("TMPDIR", "/shared"),))) == ("XDG_RUNTIME_DIR", "TMUX_TMPDIR")
