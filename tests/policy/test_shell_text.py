"""A value in a shell command never becomes syntax: the shell itself is asked, and wherever the value may stand."""

from __future__ import annotations

import shutil
import subprocess
from subprocess import DEVNULL

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gatekeeper.policy.binding import Context, UnboundReference, fill_script

BASH = shutil.which("bash") or "bash"
SHELLS = [
    pytest.param([BASH, "-euo", "pipefail", "-c"], id="bash"),
    pytest.param(["sh", "-eu", "-c"], id="sh"),
]
NASTY = [
    "; rm -rf /nowhere",
    "$(touch pwned)",
    "`touch pwned`",
    "' ; touch pwned ; '",
    '" ; touch pwned ; "',
    "'\"$(touch pwned)\"'",
    "\\",
    "\\' ; touch pwned #",
    "a\nb\ntouch pwned",
    "",
    " ",
    "*",
    "~",
    "$HOME ${HOME} $((1+1))",
    "# not a comment",
    "!!",
    "&& touch pwned",
    "> pwned",
    "PATH=/nowhere",
    "if",
    "{a,b}",
    "äöü ☃",
    "-n",
]
# Where an author may write a reference, and what comes before and after the value when the shell hands it on.
PLACES = [
    ("show ${vars.x}", "", ""),
    ('show "${vars.x}"', "", ""),
    ("show '${vars.x}'", "", ""),
    ('show "a ${vars.x} b"', "a ", " b"),
    ("show a${vars.x}b", "a", "b"),
    ("show --flag=${vars.x}", "--flag=", ""),
    ("""show "it's ${vars.x}" """, "it's ", ""),
    ("""show 'say "'${vars.x}'"'""", 'say "', '"'),
    ('show "\\"${vars.x}\\""', '"', '"'),
    ('show "$(printf %s "${vars.x}"x)"', "", "x"),
    ('show "$(printf %s ${vars.x}x)"', "", "x"),
    ("# don't stop\nshow ${vars.x}", "", ""),
    ("true # it's \"fine\nshow '${vars.x}'", "", ""),
    ('show "$${#}${vars.x}"', "0", ""),
    ('y=1; show "$${y}${vars.x}"', "1", ""),
    ('y=1; show "$((y + 1))${vars.x}"', "2", ""),
    ("(show ${vars.x})", "", ""),
    ("case a in a) show ${vars.x};; esac", "", ""),
    ("f() { show ${vars.x}; }; f", "", ""),
    ("show \\\n  ${vars.x}", "", ""),
    ("true \\\n# don't\nshow ${vars.x}", "", ""),
    ("show a\\ #${vars.x}", "a #", ""),
    ("y=${vars.x}; show \"$y\"", "", ""),
    ("show $(echo a)b${vars.x}", "ab", ""),
    ("true;#it's\nshow ${vars.x}", "", ""),
]  # fmt: skip
SHOW = "show() { for word do printf '<%s>' \"$word\"; done; }\n"


def hear(shell: list[str], script: str, cwd: str) -> str:
    ended = subprocess.run([*shell, SHOW + script], cwd=cwd, capture_output=True, text=True, timeout=50, check=False)
    assert ended.returncode == 0, (script, ended.stderr)
    return ended.stdout


def filled(script: str, value: str) -> str:
    return fill_script(script, Context(environ={"V": value}, vars={"x": "${env:V}"}))


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("script", "before", "after"), PLACES, ids=[place[0] for place in PLACES])
def test_a_value_arrives_as_one_word_wherever_it_stands(
    shell: list[str], script: str, before: str, after: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In the open, between quotes of either kind, in substitutions and after comments."""
    folder = tmp_path_factory.mktemp("shell")
    # One shell for them all: a value that broke out of one command would garble the rest.
    together = "".join(f"(\n{filled(script, value)}\n)\nprintf '\\0'\n" for value in NASTY)
    assert hear(shell, together, str(folder)).split("\0") == [*(f"<{before}{value}{after}>" for value in NASTY), ""]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "script",
    [
        "cat <<EOF\n${vars.x}\nEOF",
        "show `echo ${vars.x}`",
        "show $'${vars.x}'",
        "(( ${vars.x} ))",
        "show $(( ${vars.x} ))",
        "show $[ ${vars.x} ]",
        "show $${HOME:-${vars.x}}",
        "show \\${vars.x}",
        "show $(case a in a) echo \"${vars.x}\";; esac)",
        "(true)#'${vars.x}",
        "cat <<'E'\nit's\nE\nshow ${vars.x}",
    ],
)  # fmt: skip
def test_where_quoting_is_uncertain_a_value_with_syntax_is_refused(script: str) -> None:
    """A guess that is wrong would run the value; the author is told what to do instead."""
    with pytest.raises(UnboundReference, match=r"vars.x.*`env:`"):
        filled(script, "$(touch pwned)")
    assert filled(script, "8080") == script.replace("${vars.x}", "8080").replace("$${", "${"), "a plain one is harmless"


def test_a_comment_holds_its_value(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A line end in a value does not end the comment that it stands in."""
    folder = tmp_path_factory.mktemp("shell")
    assert hear([BASH, "-c"], filled("show a # ${vars.x}", "b\ntouch pwned"), str(folder)) == "<a>"
    assert list(folder.iterdir()) == []


def test_plain_values_are_left_readable() -> None:
    """What a person will read and copy from the log has no quotes that it does not need."""
    assert filled("curl -s http://127.0.0.1:${vars.x}/health", "8080") == "curl -s http://127.0.0.1:8080/health"
    assert filled("cd ${vars.x}", "examples/backend") == "cd examples/backend"


def test_a_number_before_a_redirection_stays_an_argument(tmp_path_factory: pytest.TempPathFactory) -> None:
    """`echo 2>file` would send errors there, and print nothing into it."""
    folder = tmp_path_factory.mktemp("shell")
    hear([BASH, "-c"], filled("show ${vars.x}>out", "2"), str(folder))
    assert (folder / "out").read_text() == "<2>"


def test_a_value_that_is_the_whole_command_is_the_command() -> None:
    """`run: ${vars.suite}` means what the variable says, operators and all."""
    assert filled(" ${vars.x} ", "npm test && echo ok") == " npm test && echo ok "


FRAGMENTS = st.sampled_from(
    ["'", '"', "\\", "#", " ", "\n", "(", ")", "$(", "$", "a", "x=", ";", "`", "<<E", "<", ">", "((", "$'", "case "]
)


@settings(max_examples=150, deadline=None)
@given(before=st.lists(FRAGMENTS, max_size=9), after=st.lists(FRAGMENTS, max_size=4))
def test_no_script_makes_a_value_run(
    before: list[str], after: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """However tangled the author's quoting: a value with a command in each kind of quotes never runs one."""
    call = "pwned"
    value = f"$({call})`{call}`;{call};';{call};'\";{call};\"\n{call}\n"
    author = "pwned() { : >PWNED; }\ntrue "
    try:
        script = filled(f"{author}{''.join(before)}${{vars.x}}{''.join(after)}", value)
    except UnboundReference:
        return
    # In a broken array bash gives up that line and runs the next, be it inside an author's own quotes: `x=(<'`.
    assume("x=(" not in script)
    folder = tmp_path_factory.getbasetemp() / "tangled"
    folder.mkdir(exist_ok=True)
    (folder / "PWNED").unlink(missing_ok=True)
    subprocess.run([BASH, "-c", script], cwd=folder, capture_output=True, timeout=50, check=False, stdin=DEVNULL)
    assert not (folder / "PWNED").exists(), script
