"""Owns one headless Chromium, driven through its DevTools pipe: keys are real keys, and what it says is kept.

No port is opened and nothing is loaded but what a test navigates to. Knows no page.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
)
PATIENCE_S = 120.0

# Chromium reads commands from descriptor 3 and answers on 4; this puts them there, whatever numbers they have here.
_PLACED = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
_KEYS = {"Tab": 9, "Enter": 13, "Escape": 27, " ": 32, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38,
         "ArrowRight": 39, "ArrowDown": 40}  # fmt: skip
_TEXT = {"Enter": "\r", " ": " "}


class Browser:
    """One tab of a running Chromium. `requests` and `complaints` hold what it asked for and said since `open`."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._unread = b""
        self._number = 0
        self._session = ""
        self.requests: list[str] = []
        self.complaints: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: object) -> dict[str, Any]:
        """Send a command and wait for its answer. Raises `AssertionError` for what Chromium refuses."""
        self._number += 1
        message: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._number:
            self._heard(answer)
        assert "error" not in answer, f"{method}: {answer.get('error')}"
        return cast("dict[str, Any]", answer["result"])

    def open(self, address: str) -> None:
        """Go to an address and wait until it is loaded."""
        self.requests, self.complaints = [], []
        self._loaded = False
        self.call("Page.navigate", url=address)
        while not self._loaded:
            self._heard(self._next())

    def ask(self, expression: str) -> Any:
        """What a JavaScript expression comes to, as JSON; it may be a promise."""
        found = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True,
                          userGesture=True)  # fmt: skip
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def press(self, *keys: str, shift: bool = False) -> None:
        """Press and release keys, as a person would."""
        for key in keys:
            code = _KEYS.get(key, ord(key.upper()[0]))
            said = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
            text = _TEXT.get(key, key if len(key) == 1 else "")
            self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", text=text, **said)
            self.call("Input.dispatchKeyEvent", type="keyUp", **said)

    def type(self, words: str) -> None:
        """Put text where the focus is, as an input method does."""
        self.call("Input.insertText", text=words)

    def window(self, width: int, height: int = 900, *, scale: float = 1.0) -> None:
        """Give the window another size, in CSS pixels."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale,
                  mobile=False)  # fmt: skip

    def prefers(self, **features: str) -> None:
        """What the reader's system prefers: ``color_scheme="dark"``."""
        told = [{"name": f"prefers-{name.replace('_', '-')}", "value": value} for name, value in features.items()]
        self.call("Emulation.setEmulatedMedia", features=told)

    def pdf(self) -> bytes:
        """The page as it would be printed."""
        return base64.b64decode(self.call("Page.printToPDF", printBackground=True)["data"])

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Write what the window shows, or the whole page, as PNG."""
        shot = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(shot["data"]))

    def _next(self) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_S
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._answers], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"Chromium said nothing for {PATIENCE_S} s"
            read = os.read(self._answers, 1 << 20)
            assert read, "Chromium ended"
            self._unread += read
        message, _, self._unread = self._unread.partition(b"\0")
        return cast("dict[str, Any]", json.loads(message))

    def _heard(self, message: dict[str, Any]) -> None:
        said = message.get("params", {})
        match message.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Network.requestWillBeSent":
                self.requests.append(said["request"]["url"])
            case "Runtime.consoleAPICalled":
                self.complaints.append(str(said["args"]))
            case "Runtime.exceptionThrown":
                self.complaints.append(str(said["exceptionDetails"]))
            case "Log.entryAdded":
                self.complaints.append(str(said["entry"]["text"]))
            case _:
                pass


def _high(descriptor: int) -> int:
    """The same with a number above 9: no other is put over it."""
    high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(descriptor)
    return high


@contextmanager
def browser(folder: Path, *options: str) -> Iterator[Browser]:
    """A Chromium with a profile in `folder`; it and all that it started have ended afterwards."""
    own = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-extensions",
           "--no-first-run", "--remote-debugging-pipe", f"--user-data-dir={folder / 'profile'}")  # fmt: skip
    environment = {"HOME": str(folder), "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    from_us, to_it, from_it, to_us = (_high(end) for pair in (os.pipe(), os.pipe()) for end in pair)
    command = [sys.executable, "-I", "-S", "-c", _PLACED, str(from_us), str(to_us), CHROMIUM, *own, *options]
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        pass_fds=(from_us, to_us), start_new_session=True,
    )  # fmt: skip
    os.close(from_us)
    os.close(to_us)
    try:
        yield Browser(to_it, from_it)
    finally:
        os.close(to_it)  # which Chromium takes for its end
        os.close(from_it)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
