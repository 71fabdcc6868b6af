"""No secret stays in what is stored of a step's output; with strict, none ever reaches the disk."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest

from gatekeeper.adapters.guard.guard import Guard
from gatekeeper.model.containment import GuardEnd
from gatekeeper.model.outcome import Exited, TimedOut
from gatekeeper.model.plan import Limits
from gatekeeper.policy.secret_forms import forms_of
from tests.adapters.guard.guard_situations import (
    BARE_PYTHON,
    PATIENCE_S,
    SLEEPING,
    Guarded,
    content_of,
    in_time,
    soon,
    touch,
)

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform != "linux", reason="the full guard is Linux only"),
]

SECRET = "hunter2-correct/horse"
FORMS = forms_of([SECRET])
MASK = "•••".encode()
SAYS_ALL = f"""import base64, json, sys, urllib.parse
secret = {SECRET!r}
in_url = urllib.parse.quote(secret, safe="")
for form in (secret, in_url, in_url.lower(), json.dumps(secret)):
    print("<" + form + ">")
for before in ("", "x", "xx"):
    print(base64.b64encode((before + secret + "!").encode()).decode())
sys.stdout.flush()
"""


@pytest.fixture(
    params=[{}, {"strict": True}, {"strict": True, "tty": True}], ids=["when it ended", "strict", "on a tty"]
)
def way(request: pytest.FixtureRequest) -> dict[str, object]:
    return {"masked": FORMS, **request.param}


async def test_every_form_is_masked_in_what_is_stored(guard: Guard, order: Guarded, way: dict[str, object]) -> None:
    """Also inside longer base64; the digest is of what lies there, and last lines are taken from it."""
    teller = order(*BARE_PYTHON, "-c", SAYS_ALL, **way)
    end = await guard.run(teller)
    assert end.outcome == Exited(0)
    assert end.output is not None
    content = content_of(teller)
    lines = content.splitlines()
    assert lines[:4] == [b"<" + MASK + b">"] * 3 + [b'<"' + MASK + b'">']
    assert all(MASK in line and len(line.replace(MASK, b"")) <= 8 for line in lines[4:])
    assert len(lines) == 7
    assert end.output.digest == "sha256:" + hashlib.sha256(content).hexdigest()
    assert end.output.size == len(content)
    assert [line.encode() for line in end.last_lines] == lines


async def test_what_holds_no_secret_stays_byte_for_byte(
    guard: Guard, order: Guarded, run_folder: Path, way: dict[str, object]
) -> None:
    """Invalid UTF-8, NUL, escapes, progress and a line without an end are nobody's to change."""
    raw = bytes(range(256)).replace(b"\x04", b"") * 50 + b"\x1b[31mred\x1b[0m\r50%\r100%\n\xff\xfe tail hunter2-correct"
    (run_folder / "raw").write_bytes(raw)
    cat = order("cat", "raw", **way)
    end = await guard.run(cat)
    assert end.output is not None
    assert content_of(cat) == raw


async def test_strict_never_lets_a_split_secret_reach_the_disk(guard: Guard, order: Guarded) -> None:
    """However it is cut into writes; what cannot be a part of it is there at once."""
    script = f"""import os, time
for byte in {SECRET!r}.encode():
    os.write(1, bytes([byte]))
    while not os.path.exists("go" + str(byte)): time.sleep(0.001)
os.write(1, b" done")
"""
    slow = order(*BARE_PYTHON, "-c", script, masked=FORMS, strict=True)
    async with anyio.create_task_group() as steps:
        steps.start_soon(guard.run, slow)
        await soon(lambda: os.path.exists(slow.output))
        for byte in SECRET.encode():
            assert content_of(slow) == b""
            touch(slow, f"go{byte}")
    assert content_of(slow) == MASK + b" done"


async def test_strict_and_a_grandchild_that_holds_the_pipe(guard: Guard, order: Guarded) -> None:
    """The end of a step is the end of its leader: what it said last is there, and who is left was no reason to wait."""
    end = await guard.run(order("sh", "-c", f"echo hi; {SLEEPING} echo bye; exit 0", masked=FORMS, strict=True))
    assert end.outcome == Exited(0)
    assert end.last_lines == ("hi", "bye")
    assert [stray.argv for stray in end.strays] == [("sleep", "600")]
    assert end.duration_s < 20, "it waited for the grandchild"


@pytest.mark.slow
async def test_strict_and_a_writer_that_never_stops(guard: Guard, order: Guarded) -> None:
    """The deadline holds while its output pours in."""
    said = []

    async def run(timeout_s: float) -> GuardEnd:
        said.append(order("yes", SECRET, masked=FORMS, strict=True, timeout_s=timeout_s, limits=Limits(100_000)))
        return await guard.run(said[-1])

    end = await in_time(run, lambda end: end.output is not None and end.output.dropped > 0)
    assert isinstance(end.outcome, TimedOut)
    assert end.duration_s < PATIENCE_S
    content = content_of(said[-1])
    assert set(content[:50_000].splitlines()[:-1]) == {MASK}
    assert b"bytes of output were dropped here; the limit is 100000" in content


@pytest.mark.slow
async def test_strict_and_a_step_that_closes_its_output(guard: Guard, order: Guarded) -> None:
    """That is no end, and nobody spins over it."""
    before = os.times().children_user + os.times().children_system
    end = await guard.run(order("sh", "-c", "echo hi; exec >/dev/null 2>&1; sleep 0.5", masked=FORMS, strict=True))
    await guard.close()
    assert (end.outcome, end.last_lines) == (Exited(0), ("hi",))
    assert os.times().children_user + os.times().children_system - before < 0.4


async def test_a_service_is_masked_as_long_as_it_lives(guard: Guard, order: Guarded) -> None:
    """With strict, what it says after its step ended passes through its guardian too."""
    script = f"echo up; (while [ ! -e speak ]; do sleep 0.01; done; echo {SECRET} later; exec sleep 600) & exit 0"
    service = order("sh", "-c", script, keep="api", masked=FORMS, strict=True)
    end = await guard.run(service)
    assert end.service
    assert end.last_lines == ("up",)
    touch(service, "speak")
    growing = Path(service.output.replace(".log", ".service.log"))
    await soon(lambda: growing.read_bytes() == b"up\n" + MASK + b" later\n")
    assert await guard.end_service("api")


@pytest.mark.slow
async def test_a_secret_across_the_edge_of_what_is_kept(guard: Guard, order: Guarded) -> None:
    """Head and tail hold no part of one: what is cut was masked as a whole."""
    for shift in range(0, len(SECRET) + 1, 4):
        edge = f"'h' * {1000 - shift} + secret + 'm' * 5000 + secret + 't' * {1000 - shift}"
        script = f"import sys; secret = {SECRET!r}; sys.stdout.write({edge})"
        writer = order(*BARE_PYTHON, "-c", script, masked=FORMS, limits=Limits(2000))
        await guard.run(writer)
        head, _, tail = content_of(writer).partition(b"\n[gatekeeper: ")
        assert set(head.replace(MASK, b"")) <= set(b"hm"), head[-40:]
        assert set(tail.partition(b"]\n")[2].replace(MASK, b"")) <= set(b"mt")


@pytest.mark.slow
async def test_the_dossier_and_the_strays_hold_no_secret(guard: Guard, order: Guarded, run_folder: Path) -> None:
    """Command lines are shown, and people put secrets into them; one that was cut in the middle is hidden too."""
    script = "echo up; sleep 600; true"
    filled = "x" * (512 - len(f"sh\0-c\0{script}\0") - 10)
    for argv in ((script, SECRET), (script, filled, SECRET)):

        async def run(timeout_s: float, argv: tuple[str, ...] = argv) -> GuardEnd:
            return await guard.run(order("sh", "-c", *argv, masked=FORMS, timeout_s=timeout_s))

        end = await in_time(run, lambda end: end.last_lines, 0.3)
        dossier = (run_folder / end.dossier).read_text()
        assert "•••" in str(json.loads(dossier)["processes"])
        assert SECRET[:8] not in dossier


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "small"
    place.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", place], check=False).returncode
    ):
        pytest.skip("a disk that is full needs root, to mount a small one")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


async def test_strict_and_a_full_disk(guard: Guard, order: Guarded, small_disk: Path) -> None:
    """What writes is not held up, and it is said how much of its output was lost."""
    writer = order("sh", "-c", "head -c 5000000 /dev/zero; echo written > end", masked=FORMS, strict=True)
    end = await guard.run(writer._replace(output=str(small_disk / "out.log")))
    assert "end" in os.listdir(writer.cwd)
    assert end.outcome == Exited(0)
    assert end.output is not None
    assert end.output.size + end.output.dropped == 5_000_000
    assert end.lost == (
        f"{end.output.dropped} bytes of its output could not be kept in {small_disk}/out.log: No space left on device"
    )


async def test_an_output_that_cannot_be_masked(guard: Guard, order: Guarded) -> None:
    """It is not passed over: the file that still holds the secret is named, a step's and a service's."""
    step = order("echo", SECRET, masked=FORMS)
    os.makedirs(f"{step.output}.part")
    end = await guard.run(step)
    unmasked = "could not be masked and still holds what it wrote"
    assert end.output is None
    assert end.lost == f"the output of {step.label} {unmasked}: {step.output}: Is a directory"
    script = f"(echo {SECRET}; touch spoken; exec sleep 600) & until [ -e spoken ]; do :; done"
    service = order("sh", "-c", script, masked=FORMS, keep="web")
    assert (await guard.run(service)).lost == ""
    path = service.output.replace(".log", ".service.log")
    os.mkdir(f"{path}.part")
    ended = await guard.end_service("web")
    assert ended is not None
    assert ended.output is None
    assert ended.lost == f"the output of service web {unmasked}: {path}: Is a directory"


async def test_a_service_and_a_full_disk(guard: Guard, order: Guarded, small_disk: Path) -> None:
    """What it said after its step ended and nobody could keep is told when it is gone."""
    script = "(while [ ! -e go ]; do sleep 0.01; done; head -c 5000000 /dev/zero; touch went; exec sleep 600) & true"
    writer = order("sh", "-c", script, masked=FORMS, strict=True, keep="api")
    writer = writer._replace(output=str(small_disk / "out.log"))
    assert (await guard.run(writer)).lost == ""
    touch(writer, "go")
    await soon(lambda: "went" in os.listdir(writer.cwd))
    ended = await guard.end_service("api")
    assert ended is not None
    assert ended.output is not None
    assert f"{ended.output.dropped} bytes of its output could not be kept in {small_disk}/out.service.log" in ended.lost


async def test_a_disk_that_is_full_for_a_while(guard: Guard, order: Guarded, small_disk: Path) -> None:
    """Where something is missing, the file says so, and how much."""
    (small_disk / "ballast").write_bytes(b"x" * 900_000)
    script = (
        f"head -c 500000 /dev/zero; touch all-said; while [ -e {small_disk}/ballast ]; do sleep 0.01; done; echo again"
    )
    writer = order("sh", "-c", script, masked=FORMS, strict=True)._replace(output=str(small_disk / "out.log"))
    ends = []
    async with anyio.create_task_group() as steps:

        async def run() -> None:
            ends.append(await guard.run(writer))

        steps.start_soon(run)
        # What does not fit into a pipe any more was taken, which is several times what the disk can take.
        await soon(lambda: "all-said" in os.listdir(writer.cwd))
        (small_disk / "ballast").unlink()
    content = (small_disk / "out.log").read_bytes()
    kept, _, rest = content.partition(b"\n[gatekeeper: ")
    lost = int(rest.split()[0])
    assert len(kept) + lost == 500_000
    assert content.endswith(b" bytes of output are missing here: No space left on device]\nagain\n")
    assert ends[0].output is not None
    assert ends[0].output.dropped == lost
    assert ends[0].lost
