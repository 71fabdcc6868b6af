"""Nightly as it is: Debian's cron reads what `gatekeeper cron install` gave to Debian's crontab, and calls it.

All of it stands in namespaces of its own: a spool, an /etc/crontab, a /run and a sendmail that the machine's cron never
sees, and processes that go with the first of them. Cron looks once a minute, so that is how long this waits at most.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gatekeeper.policy.nightly.heartbeat import iso
from tests.cli.nightly import GREEN, RED, beat_of, remember
from tests.support.projects import Project, until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(180),
    pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's"),
]
SBIN = "/usr/sbin:/sbin"
DAY = 86_400
# $1 is the private place, $2 to $4 are projects, $5 is an interpreter that knows gatekeeper.
INSIDE = r"""
set -eu
place=$1 red=$2 green=$3 off=$4 python=$5
cron=$(PATH=$PATH:/usr/sbin:/sbin command -v cron)
mkdir "$place/sbin" "$place/real" "$place/spool" "$place/cron.d"
mount --bind /usr/sbin "$place/real"
for name in /usr/sbin/*; do ln -s "$place/real/${name##*/}" "$place/sbin/${name##*/}"; done
rm -f "$place/sbin/sendmail"
cat >"$place/sbin/sendmail" <<END
#!/bin/sh
letter=\$(mktemp "$place/letter.XXXXXX")
cat >"\$letter"
mv "\$letter" "\$letter.sent"
END
chmod 755 "$place/sbin/sendmail"
mount --bind "$place/sbin" /usr/sbin
mount -t tmpfs tmpfs /run
touch "$place/crontab"
mount --bind "$place/crontab" /etc/crontab
mount --bind "$place/cron.d" /etc/cron.d
chgrp crontab "$place/spool"
chmod 1730 "$place/spool"
mount --bind "$place/spool" /var/spool/cron/crontabs
export PATH=/usr/bin:/bin
printf '# mine\nMAILTO=me\n' | crontab -
gatekeeper() { "$python" -P -m gatekeeper "$@"; }
cd "$red" && gatekeeper cron install --at '* * * * *' --jitter 1s red
cd "$green" && gatekeeper cron install --at '*/1 * * * *' green
cd "$off" && gatekeeper cron install --at '0 2 * * *' missed
crontab -l >"$place/installed"
"$cron" -f </dev/null &
daemon=$!
touch "$place/ready"
read -r _
for project in "$red" "$green" "$off"; do cd "$project" && gatekeeper cron uninstall; done
crontab -l >"$place/uninstalled"
# Whoever is at work writes his letter yet.
while [ -n "$(cat "/proc/$daemon/task/$daemon/children")" ]; do sleep 0.1; done
kill "$daemon"
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0 or not shutil.which("unshare"):
        pytest.skip("a cron of one's own takes root, and unshare(1)")
    if not shutil.which("cron", path=f"{os.environ['PATH']}:{SBIN}") or not shutil.which("crontab"):
        pytest.skip("cron is not installed")
    if not Path("/var/spool/cron/crontabs").is_dir():
        pytest.skip("cron is not Debian's: it has its spool elsewhere")
    made = tmp_path / "private"
    made.mkdir()
    yield made
    shutil.rmtree(made)


def letters(place: Path) -> list[str]:
    return [letter.read_text("utf-8") for letter in sorted(place.glob("letter.*.sent"))]


def test_a_night_under_cron(tmp_path: Path, place: Path) -> None:
    """Green is silent, red is one letter, what was missed while the machine was off is caught up as cron comes up."""
    saying = RED.replace("echo the reason", "env | sort; test -t 0 || echo no terminal; echo the reason")
    red = Project.with_cycle(tmp_path / "our 100% app", saying, "red")
    green = Project.with_cycle(tmp_path / "other", GREEN, "green")
    off = Project.with_cycle(tmp_path / "off", GREEN, "missed")
    # The machine was off since yesterday.
    remember(off, "missed", at="0 2 * * *", since=iso(time.time() - 3 * DAY), called=iso(time.time() - 2 * DAY))
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", INSIDE, "sh"]
    words = [*command, str(place), *(str(each.root) for each in (red, green, off)), sys.executable]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(words, text=True, env=red.environment(), **pipes) as inside:  # type: ignore[call-overload]

        def ended(there: Project, cycle: str) -> bool:
            assert inside.poll() is None, inside.communicate()
            return bool(beat_of(there, cycle).get("finished"))

        called = ((red, "red"), (green, "green"), (off, "missed"))
        until(lambda: (place / "ready").exists() or inside.poll() is not None, "cron came up")
        until(lambda: all(ended(*each) for each in called), "cron called all three", 90.0)
        said, _ = inside.communicate("enough\n", timeout=60.0)
        assert inside.returncode == 0, said
    assert beat_of(green, "green")["at"] == beat_of(off, "missed")["at"] == ""
    assert beat_of(green, "green")["verdict"] == "green"
    assert beat_of(red, "red")["verdict"] == "red"
    caught_up = [letter for letter in letters(place) if "missed was due " in letter]
    assert len(caught_up) == 1
    told = [letter for letter in letters(place) if "the reason" in letter]
    assert told
    assert all("To: me" in letter and "exit code 3" in letter for letter in told)
    assert len(letters(place)) == len(caught_up) + len(told)
    output = red.journals()[0].output("say")
    assert "no terminal" in output
    assert "PATH=/usr/bin:/bin\n" in output
    assert "SHELL=/bin/sh\n" in output
    assert (place / "installed").read_text().count("# gatekeeper:begin ") == 3
    assert (place / "uninstalled").read_text() == "# mine\nMAILTO=me\n"
