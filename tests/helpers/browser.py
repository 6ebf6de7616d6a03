"""A headless Chromium driven through the DevTools protocol over a pipe: nothing is needed but the browser."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")


def find() -> str | None:
    """Return the path of a Chromium, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Tab:
    """A tab of the browser.

    Attributes:
        errors: What was written to its console as an error, and exceptions that nobody caught.
    """

    def __init__(self, out: int, back: int) -> None:
        self.errors: list[str] = []
        self._out, self._back = out, back
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for its answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._out, data) :]
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return dict(answer["result"])
            self._note(answer)

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            piece = os.read(self._back, 1 << 16)
            assert piece, "the browser went away"
            self._buffer += piece
        data, _, self._buffer = self._buffer.partition(b"\0")
        return dict(json.loads(data))

    def _note(self, event: dict[str, Any]) -> None:
        match event.get("method"), event.get("params", {}):
            case "Runtime.exceptionThrown", {"exceptionDetails": details}:
                self.errors.append(details.get("exception", {}).get("description", details["text"]))
            case "Runtime.consoleAPICalled", {"type": "error" | "warning", "args": arguments}:
                self.errors.append(" ".join(str(a.get("value", a.get("description"))) for a in arguments))
            case "Log.entryAdded", {"entry": {"level": "error", "text": text}}:
                self.errors.append(text)

    def run(self, script: str) -> Any:
        """Evaluate a script, wait for its promise, and return its value."""
        found = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def wait(self, script: str, seconds: float = 30) -> Any:
        """Wait until a script gives something true."""
        end = time.monotonic() + seconds
        while not (value := self.run(script)):
            assert time.monotonic() < end, f"waited in vain for {script}; errors: {self.errors}"
            time.sleep(0.02)
        return value

    def open(self, path: Path, anchor: str = "") -> None:
        """Open a file and wait until its document is complete."""
        self.send("Page.navigate", url="about:blank")
        self.send("Page.navigate", url=path.resolve().as_uri() + (f"#{anchor}" if anchor else ""))
        self.wait("location.protocol === 'file:' && document.readyState === 'complete'")

    def resize(self, width: int, height: int, scale: float = 1) -> None:
        """Set the size of the window, in pixels of the style sheet."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False
        )

    def media(self, kind: str = "", **features: str) -> None:
        """Emulate a medium such as `print`, or features such as `prefers_color_scheme="dark"`."""
        listed = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.send("Emulation.setEmulatedMedia", media=kind, features=listed)

    def point(self, x: float, y: float, click: bool = False) -> None:
        """Move the mouse, and click if so wished."""
        self.send("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)
        if click:
            for kind in ("mousePressed", "mouseReleased"):
                self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str, modifiers: int = 0) -> None:
        """Press a key, such as `ArrowDown` or `Tab`; 8 is Shift."""
        for kind in ("rawKeyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=key, code=key, modifiers=modifiers)

    def press_enter(self) -> None:
        """Press the key that follows a link."""
        params = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, **params)

    def screenshot(self, path: Path, whole: bool = False) -> None:
        """Take a picture of the window, or of the whole page."""
        data = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))

    def print(self, path: Path) -> None:
        """Print to a PDF."""
        data = self.send("Page.printToPDF", printBackground=True, preferCSSPageSize=True)["data"]
        path.write_bytes(base64.b64decode(data))


# Chromium reads commands from descriptor 3 and answers on 4.
_LAUNCH = """
import fcntl, os, sys
come, go = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(come, 3)
os.dup2(go, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


@contextmanager
def chromium() -> Iterator[Tab]:
    """Start a browser and give a tab of it."""
    browser = find()
    assert browser is not None, "no Chromium"
    theirs_in, ours_out = os.pipe()
    ours_back, theirs_out = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [
            *(browser, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run"),
            *("--hide-scrollbars", f"--user-data-dir={profile}"),
        ]
        launch = [sys.executable, "-c", _LAUNCH, str(theirs_in), str(theirs_out), *command]
        process = subprocess.Popen(
            launch, pass_fds=(theirs_in, theirs_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            yield Tab(ours_out, ours_back)
        finally:
            process.terminate()
            process.wait(20)
            os.close(ours_out)
            os.close(ours_back)


def find_axe() -> Path | None:
    """Return axe-core's script, of the variable `AXE_CORE` or of npm's global packages; None if there is none."""
    places = [Path(os.environ["AXE_CORE"])] if "AXE_CORE" in os.environ else []
    if npm := shutil.which("npm"):
        found = subprocess.run([npm, "root", "--global"], capture_output=True, text=True, check=False).stdout.strip()
        places.append(Path(found, "axe-core/axe.min.js"))
    return next((place for place in places if place.is_file()), None)
