"""When something is to happen: what people may write, what is refused, and the instants that come of it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatekeeper.policy.nightly.calendar import calendars
from gatekeeper.policy.nightly.calling import Call, cron_lines
from gatekeeper.policy.nightly.crontab import Block, BrokenMarkers, block_of, blocks_in, with_block, without_block
from gatekeeper.policy.nightly.due import ClockChange, clock_changes, due_between, next_due
from gatekeeper.policy.nightly.heartbeat import Heartbeat, instant, iso, missed
from gatekeeper.policy.nightly.timetable import NotATime, read_timetable
from gatekeeper.policy.nightly.units import named_in, units_of

DAY = 86_400


@cache
def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


class Zone(NamedTuple):
    """A zone by the moments at which its clocks are set, each with the hours east of UTC from then on."""

    before: float
    changes: tuple[tuple[str, float], ...]

    def offset_at(self, moment: float) -> int:
        passed = [hours for when, hours in self.changes if at(when) <= moment]
        return int(3600 * (passed[-1] if passed else self.before))

    def shown(self, moment: float) -> datetime:
        """What a clock on the wall shows, as if it were UTC."""
        return datetime.fromtimestamp(moment + self.offset_at(moment), UTC)


BERLIN = Zone(2, (("2026-10-25T01:00", 1), ("2027-03-28T01:00", 2), ("2027-10-31T01:00", 1)))
LORD_HOWE = Zone(10.5, (("2026-10-03T15:30", 11), ("2027-04-03T15:00", 10.5)))
KATHMANDU = Zone(5.75, ())
IN_BERLIN = BERLIN.offset_at


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("02:00", "0 2 * * *"),
        ("2:05", "5 2 * * *"),
        ("mon-fri 02:00", "0 2 * * mon-fri"),
        ("Sat,Sun 23:59", "59 23 * * sat,sun"),
        (" */15  6-20 1,15 jan *", "*/15 6-20 1,15 jan *"),
    ],
)
def test_what_can_be_written(text: str, fields: str) -> None:
    assert read_timetable(text).written == fields


@pytest.mark.parametrize(
    "text",
    ["", "noon", "24:00", "02:60", "0 2 * *", "60 2 * * *", "0 2 31 2 *", "5-1 * * * *", "*/0 * * * *", "5/2 * * * *",
     "0 2 * * mon:tue", "0 2 * * 8", "@daily", "0 2 * * *\n* * * * * rm", "٣ 2 * * *", "% 2 * * *"],
)  # fmt: skip
def test_what_is_refused_is_told_with_what_would_do(text: str) -> None:
    with pytest.raises(NotATime, match=r"write|number from|holds no|never comes|there is no|needs a range"):
        read_timetable(text)


def test_a_day_that_is_named_twice_over_is_either_day_as_for_cron() -> None:
    """Both fields given: one will do. With a star in front of one of them, both must fit."""
    either, both = read_timetable("0 2 1 * mon"), read_timetable("0 2 */2 * mon")
    first, a_monday = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 7, tzinfo=UTC)
    assert either.falls_on(first)
    assert either.falls_on(a_monday)
    assert not both.falls_on(first)
    assert both.falls_on(a_monday)
    assert calendars(either) == ("*-*-01 02:00:00", "Mon *-*-* 02:00:00")


def test_a_night_on_which_the_clock_is_set_forward_and_one_on_which_it_is_set_back() -> None:
    """02:30 is missing once a year: then as the clock is set. It comes twice once a year: then the first of them."""
    table = read_timetable("02:30")
    spring = [BERLIN.shown(each) for each in due_between(table, at("2027-03-27"), at("2027-03-29"), IN_BERLIN)]
    assert [f"{each:%d %H:%M}" for each in spring] == ["27 02:30", "28 03:00"]
    by_systemd = table._replace(skipping=True)
    assert len(list(due_between(by_systemd, at("2027-03-27"), at("2027-03-29"), IN_BERLIN))) == 1
    autumn = list(due_between(table, at("2026-10-24"), at("2026-10-26"), IN_BERLIN))
    assert [iso(each) for each in autumn] == ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z"]
    changes = clock_changes(table, at("2026-10-01"), IN_BERLIN)
    assert changes == (ClockChange("2027-03-28 02:30", "skipped"), ClockChange("2026-10-25 02:30", "twice"))
    assert clock_changes(read_timetable("02:30", utc=True), at("2026-10-01"), IN_BERLIN) == ()
    assert clock_changes(read_timetable("12:30"), at("2026-10-01"), IN_BERLIN) == ()


def test_the_29th_of_february_is_waited_for() -> None:
    table = read_timetable("0 2 29 2 *", utc=True)
    found = next_due(table, at("2096-03-01"), IN_BERLIN)
    assert found is not None
    assert iso(found) == "2104-02-29T02:00:00Z"


fields = st.tuples(
    st.sampled_from(["0", "*/20", "5,50", "30-40/5"]),
    st.sampled_from(["*", "2", "1-3", "0,23"]),
    st.sampled_from(["*", "1", "25-31", "*/7"]),
    st.sampled_from(["*", "3,10"]),
    st.sampled_from(["*", "sun", "1-5", "7"]),
).map(" ".join)


@settings(max_examples=15)
@given(fields, st.sampled_from([BERLIN, LORD_HOWE, KATHMANDU]))
def test_what_is_due_is_what_a_clock_on_the_wall_shows_the_first_time(text: str, zone: Zone) -> None:
    """Minute by minute through days on which clocks are set: all that is shown, and what is skipped as it is set."""
    table = read_timetable(text)
    for when, _ in zone.changes or (("2027-01-01", 0),):
        start, until = at(when) - 2 * DAY, at(when) + 2 * DAY
        found = list(due_between(table, start, until, zone.offset_at))
        seen, walked = {zone.shown(start)}, []
        for minute in range(int(start) + 60, int(until) + 1, 60):
            shown = zone.shown(minute)
            fits = shown.minute in table.minutes and shown.hour in table.hours and table.falls_on(shown)
            if fits and shown not in seen:
                walked.append(minute)
            seen.add(shown)
        skipped = set(found) - set(walked)
        assert set(walked) <= set(found)
        assert skipped <= {at(when)}
        assert found == sorted(found)


ROOT = "/srv/our 100% app's $HOME"
CALL = Call(
    ROOT, ("nightly", "smoke"), read_timetable("02:00"), "/opt/a b/python", "/usr/bin:/o'd d/bin", "10m", 7200.0
)


def test_a_line_of_a_crontab_comes_back_word_for_word() -> None:
    """Cron takes the backslash from before a %, then a shell reads the words; nothing else in it is a shell's."""
    for line in cron_lines(CALL, (3600,)):
        assert "%" not in line.replace("\\%", "")
        words = shlex.split(line.replace("\\%", "%"))
        assert f"PATH={CALL.path}" in words
        assert words[words.index("--in") + 1] == ROOT
        assert words[-2:] == ["nightly", "smoke"]
    assert cron_lines(CALL, (3600,))[0].startswith("0 2 * * * /usr/bin/env SHELL=/bin/sh ")
    assert cron_lines(CALL, (3600,))[1].startswith("@reboot ")


def test_a_unit_says_what_systemd_would_replace_so_that_it_does_not() -> None:
    """Specifiers everywhere; variables in a command, and not in an environment."""
    units = units_of(CALL._replace(path="/usr/bin:/o$d d/100%"), 600.0)
    lines = units.service.splitlines()
    assert 'Environment="PATH=/usr/bin:/o$d d/100%%" SHELL=/bin/sh' in lines
    (start,) = (line for line in lines if line.startswith("ExecStart="))
    assert '--in "/srv/our 100%% app\'s $$HOME" --at "0 2 * * *" nightly smoke' in start
    assert start.startswith('ExecStart="/opt/a b/python" -P -m gatekeeper cron run ')
    assert named_in(units.timer) == named_in(units.service) == (ROOT, ("nightly", "smoke"))
    assert "TimeoutStartSec=7800" in lines


def test_for_utc_cron_asks_each_hour_in_the_minutes_that_it_may_be() -> None:
    """In Lord Howe the clock is set by half an hour: both halves are asked, and the run looks whether it is due."""
    call = CALL._replace(table=read_timetable("02:10", utc=True))
    assert cron_lines(call, (3600, 7200))[0].startswith("10 * * * * ")
    (line,) = cron_lines(call, (37_800, 39_600))
    assert line.startswith("10,40 * * * * ")
    assert "--utc" in line
    assert "--if-due" in line


others = st.lists(st.text(st.characters(exclude_characters="\n"), max_size=30)).map(
    lambda lines: "".join(f"{line}\n" for line in lines)
)


@settings(max_examples=50)
@given(others, others)
def test_every_other_line_of_a_crontab_stays_byte_for_byte(before: str, behind: str) -> None:
    """Put in, put in again with another time, taken out: what stood around it is what it was."""
    first, second = block_of(CALL, (0,)), block_of(CALL._replace(table=read_timetable("03:00")), (0,))
    there = with_block(before, first) + behind
    changed = with_block(there, second)
    assert changed == before + second.text + behind
    assert with_block(changed, second) == changed
    (found,) = blocks_in(changed)
    assert found == Block(ROOT, ("nightly", "smoke"), second.text)
    assert without_block(changed, found) == before + behind


@pytest.mark.parametrize("damage", [("end ", "END "), ("begin ", "BEGIN "), ("end /srv", "end /other")])
def test_markers_that_somebody_broke_are_told_and_nothing_is_guessed(damage: tuple[str, str]) -> None:
    text = block_of(CALL, (0,)).text.replace(*damage)
    with pytest.raises(BrokenMarkers):
        blocks_in(text)


BEAT = Heartbeat("nightly", "0 2 * * *", utc=True, jitter_s=600.0, since="2026-11-20T12:00:00Z")


def test_a_run_is_missing_once_it_is_later_than_jitter_and_grace() -> None:
    due = at("2026-11-21T02:00:00")
    assert missed(BEAT, due + 600 + 899, IN_BERLIN) is None
    gone = missed(BEAT, due + 600 + 901, IN_BERLIN)
    assert str(gone) == "nightly was due 2026-11-21 02:00 UTC and did not run; it was never heard of"
    assert missed(BEAT._replace(called="2026-11-21T02:00:01Z"), due + DAY, IN_BERLIN) is None


def test_several_that_are_missing_are_counted_up_to_a_hundred() -> None:
    called = BEAT._replace(called="2026-11-21T02:00:01Z")
    assert str(missed(called, at("2026-11-25T12:00:00"), IN_BERLIN)) == (
        "nightly was due 4 times and did not run, from 2026-11-22 02:00 UTC to 2026-11-25 02:00 UTC; "
        "last heard of it 2026-11-21 02:00 UTC"
    )
    assert "100 times or more" in str(missed(called, at("2028-01-01"), IN_BERLIN))


@pytest.mark.parametrize("beat", [Heartbeat("x"), Heartbeat("x", at="0 2 * * *"), Heartbeat("x", at="?", since="2026")])
def test_where_nothing_is_expected_nothing_is_missing(beat: Heartbeat) -> None:
    assert missed(beat, at("2027-01-01"), IN_BERLIN) is None


def test_times_are_written_as_they_are_read() -> None:
    assert iso(instant("2026-11-27T02:00:07.5Z")) == "2026-11-27T02:00:07Z"
    assert instant("not a time") == 0.0
    assert len(list(islice(due_between(read_timetable("* * * * *"), 0, DAY * 365, IN_BERLIN), 10))) == 10


@pytest.mark.slow
@pytest.mark.parametrize("text", ["02:30", "mon-fri 23:55", "*/20 1-3 * * *", "0 4 1,15 * sun", "0 2 */7 3,11 *"])
def test_systemd_means_the_same_by_what_is_written_for_it(text: str) -> None:
    """Where there is a systemd to be asked; through the weeks in which clocks are set."""
    if (analyze := shutil.which("systemd-analyze")) is None:
        return
    table = read_timetable(text)._replace(skipping=True)
    for start in ("2027-03-26T00:00", "2027-10-29T00:00"):
        base = f"{BERLIN.shown(at(start) - 1):%Y-%m-%d %H:%M:%S}"
        command = [analyze, "calendar", "--iterations=30", f"--base-time={base}", *calendars(table)]
        environ = {**os.environ, "TZ": "CET-1CEST,M3.5.0,M10.5.0/3"}
        asked = subprocess.run(command, capture_output=True, text=True, check=True, env=environ).stdout
        found = due_between(table, at(start) - 1, at("2028-01-01"), IN_BERLIN)
        ours = [f"{datetime.fromtimestamp(each, UTC):%Y-%m-%d %H:%M:%S}" for each in islice(found, 20)]
        theirs = sorted(set(re.findall(r"(?:in UTC\)|elapse|#\d+): \w+ (\S+ \S+) UTC", asked)))
        assert ours == theirs[: len(ours)]
        assert ours
