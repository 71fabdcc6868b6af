"""What `gatekeeper guard` takes for its options, its duration and its command, and how it says no."""

from __future__ import annotations

import math

import pytest

from gatekeeper.policy.duration_text import seconds_of
from gatekeeper.policy.guard_line import GuardLine, HelpAsked, Refused, VersionAsked, quoted, read
from gatekeeper.policy.signal_text import name_of, number_of
from gatekeeper.policy.timeout_rules import Leave, leave


def line(text: str) -> GuardLine:
    found = read(text.split())
    assert isinstance(found, GuardLine), found
    return found


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10", 10), ("1.5", 1.5), (".5", 0.5), ("5.", 5), ("+2", 2), ("0", 0), ("-0", 0), (" 5", 5),
        ("1s", 1), ("1m", 60), ("1.5h", 5400), ("2d", 172_800),
        ("1e3", 1000), ("1E3", 1000), ("2.5e-1m", 15), ("1e+2", 100), ("2.34e+5d", 2.34e5 * 86_400),
        ("0x1d", 29), ("0x.8p1", 1), ("0x1P-1m", 30),
        ("inf", math.inf), ("Infinity", math.inf), ("infd", math.inf),
        ("1e99999", math.inf), ("0x1p99999", math.inf), ("9223372036854775808d", 9223372036854775808 * 86_400),
    ],
)  # fmt: skip
def test_a_duration_is_what_strtold_reads_and_a_unit(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["1e-10000", "0x1p-99999", "0.0000000000000000000000001e-5000"])
def test_a_duration_above_zero_is_never_zero(text: str) -> None:
    """Zero means that there is no limit at all, which nobody who writes a very short time can want."""
    found = seconds_of(text)
    assert found is not None
    assert 0 < found < 1e-6


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "+",
        "invalid",
        "42D",
        "5 s",
        "5 ",
        "1e",
        "0x",
        "0xs1",
        "1_0",
        "\u0967",
        "\uff11",
        "-1",
        "-inf",
        "nan",
        "1sm",
        "--5",
    ],
)
def test_what_is_no_duration(text: str) -> None:
    assert seconds_of(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("TERM", 15), ("SIGTERM", 15), ("term", 15), ("sigKill", 9), ("9", 9), ("0", 0), ("EXIT", 0), ("143", 15),
        ("265", 9), ("RTMIN", 34), ("RTMIN+3", 37), ("SIGRTMAX-2", 62), ("64", 64),
    ],
)  # fmt: skip
def test_a_signal_is_named_as_kill_names_it(text: str, number: int) -> None:
    assert number_of(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "SIG",
        "invalid",
        "-1",
        "9x",
        "32",
        "99",
        "99999999999999999999",
        "RTMIN+99",
        "RTMIN-1",
        "RTMAX+1",
        "\u03a4ERM",
    ],
)
def test_what_is_no_signal(text: str) -> None:
    assert number_of(text) is None


def test_every_signal_has_a_name_that_means_it() -> None:
    names = {number: name_of(number) for number in range(65)}
    assert [number for number, name in names.items() if not name] == [32, 33]
    assert all(number_of(name) == number for number, name in names.items() if name)
    assert (names[0], names[9], names[49], names[50]) == ("EXIT", "KILL", "RTMIN+15", "RTMAX-14")


def test_without_options() -> None:
    assert line("10 make -k test") == GuardLine(10, ("make", "-k", "test"))


@pytest.mark.parametrize(
    "text",
    [
        "-v -k 5 -s INT 1m x", "-vk5 -sINT 1m x", "-vk 5 -s2 1m x", "--verbose --kill-after 5 --signal INT 1m x",
        "--kill-after=5 --signal=int --verbose -- 1m x", "--verb --k=5 --s=SIGINT 60 x", "-k1 -k5 -s9 -s2 -v -v 1m x",
    ],
)  # fmt: skip
def test_options_in_every_spelling(text: str) -> None:
    assert line(text) == GuardLine(60, ("x",), kill_after_s=5, signal=2, verbose=True)


def test_options_that_have_no_letter() -> None:
    found = line("--foreground --preserve-status 0 x")
    assert found == GuardLine(0, ("x",), foreground=True, preserve_status=True)
    assert line("--f --p 0 x") == found


def test_options_end_at_the_first_word_that_is_none() -> None:
    """What follows the duration is the command's own."""
    assert line("1 -v x").command == ("-v", "x")
    assert line("-- 1 -- x").command == ("--", "x")
    assert read(["-", "x"]) == Refused("invalid time interval '-'")


def test_help_and_version_answer_before_anything_else_is_looked_at() -> None:
    assert read(["-v", "--help", "--nonsense"]) == HelpAsked()
    assert read(["--version"]) == VersionAsked()
    assert isinstance(read(["1", "--help"]), GuardLine), "that is the command's"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "a DURATION and a COMMAND are needed, as in: 10s make test"),
        ("5", "a DURATION and a COMMAND are needed, as in: 10s make test"),
        ("-v", "a DURATION and a COMMAND are needed, as in: 10s make test"),
        ("x y", "invalid time interval 'x'"),
        ("-- -5 y", "invalid time interval '-5'"),
        ("-kx 5 y", "invalid time interval 'x'"),
        ("--kill-after= 5 y", "invalid time interval ''"),
        ("-s nonsense 5 y", "'nonsense': invalid signal"),
        ("-x 5 y", "invalid option -- 'x'"),
        ("-vx 5 y", "invalid option -- 'x'"),
        ("-5 y", "invalid option -- '5'"),
        ("-k", "option requires an argument -- 'k'"),
        ("-vs", "option requires an argument -- 's'"),
        ("--signal", "option '--signal' requires an argument"),
        ("--sig", "option '--signal' requires an argument"),
        ("--verbose=yes 5 y", "option '--verbose' doesn't allow an argument"),
        ("--ver 5 y", "option '--ver' is ambiguous; possibilities: '--verbose' '--version'"),
        ("--nonsense=1 5 y", "unrecognized option '--nonsense=1'"),
    ],
)
def test_a_line_that_means_nothing_is_refused_with_the_reason(text: str, why: str) -> None:
    assert read(text.split()) == Refused(why)


def test_what_is_shown_of_a_word_cannot_be_obeyed_by_a_terminal() -> None:
    assert quoted("it's\x1b[2J\n\udcff") == r"'it\'s\x1b[2J\n\udcff'"


def test_how_one_leaves() -> None:
    """The command's own way, unless its time was over; and that it had to be killed shows in any case."""
    plain, keeping = line("1 x"), line("--preserve-status 1 x")
    assert leave(plain, code=7, died_of=0, timed_out=False) == Leave(7)
    assert leave(plain, code=0, died_of=15, timed_out=False) == Leave(143, 15)
    for code, died_of in ((0, 0), (7, 0), (137, 0), (0, 15)):
        assert leave(plain, code=code, died_of=died_of, timed_out=True) == Leave(124)
        assert leave(keeping, code=code, died_of=died_of, timed_out=True) == Leave(128 + died_of if died_of else code)
    assert leave(plain, code=0, died_of=9, timed_out=True) == Leave(137)
