"""A real browser for tests: Chromium, spoken to through a pipe, without any further library.

One `Browser` is a process; each `Page` in it has a profile of its own, so that nothing is stored from one test to
the next. A page keeps what the browser told about it (`console`, `requests`), and is used as a person would use it:
by keys, by clicks at a place on the screen, and by reading what assistive technology is given. Nothing here waits
for a time; what takes a while is awaited until it is so.
"""

from __future__ import annotations

import json
import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROGRAM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--mute-audio"),
    *("--disable-dev-shm-usage", "--disable-extensions", "--no-default-browser-check", "--remote-debugging-pipe"),
]
PATIENCE = 60.0  # seconds for one answer: a busy machine is slow, a browser that hangs is an error
_KEYS = {
    "Tab": (9, ""),
    "Enter": (13, "\r"),
    "Escape": (27, ""),
    " ": (32, " "),
    "ArrowLeft": (37, ""),
    "ArrowUp": (38, ""),
    "ArrowRight": (39, ""),
    "ArrowDown": (40, ""),
}


class Browser:
    """The process. Messages are JSON, each ended by a zero byte; the browser reads from 3 and writes to 4."""

    def __init__(self) -> None:
        """Start it with an empty profile."""
        self._profile = tempfile.mkdtemp(prefix="dlgrade-browser-")
        theirs_in, self._to = os.pipe()
        self._from, theirs_out = os.pipe()
        # `subprocess` cannot choose the numbers of handed-down files; a shell can.
        line = f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self._process = subprocess.Popen(
            ["bash", "-c", line, "bash", str(PROGRAM), *FLAGS, f"--user-data-dir={self._profile}", "about:blank"],
            pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._from, selectors.EVENT_READ)
        self._buffer = b""
        self._number = 0
        self._pages: dict[str, Page] = {}

    def close(self) -> None:
        """End the process and remove its profile."""
        try:
            self.send("Browser.close")
            self._process.wait(PATIENCE)
        except (OSError, AssertionError, subprocess.TimeoutExpired):
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._selector.close()
        os.close(self._to)
        os.close(self._from)
        shutil.rmtree(self._profile, ignore_errors=True)

    def page(self, width: int = 1000, height: int = 800, **media: str) -> Page:
        """An empty page in a fresh profile; media features by keyword, as in ``prefers_color_scheme="dark"``."""
        context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = Page(self, session, context)
        self._pages[session] = page
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.send(f"{domain}.enable")
        page.resize(width, height)
        page.emulate(**media)
        return page

    def send(self, method: str, session: str = "", **params: Any) -> dict[str, Any]:
        """One command and its result; what else the browser says meanwhile goes to the pages it is about."""
        self._number += 1
        number = self._number
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        self._write(json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return dict(answer["result"])
            self._tell(answer)

    def wait(self, until: Callable[[], bool]) -> None:
        """Read what the browser says until a condition on it holds."""
        while not until():
            self._tell(self._read())

    def close_pages(self) -> None:
        """Close every page and forget what it stored."""
        for page in self._pages.values():
            self.send("Target.disposeBrowserContext", browserContextId=page.context)
        self._pages.clear()

    def _tell(self, message: dict[str, Any]) -> None:
        page = self._pages.get(message.get("sessionId", ""))
        if page is not None:
            page.heard(message["method"], message["params"])

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._to, data) :]

    def _read(self) -> dict[str, Any]:
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._buffer:
            assert self._selector.select(max(0.0, end - time.monotonic())), "the browser does not answer"
            piece = os.read(self._from, 1 << 16)
            assert piece, "the browser has ended"
            self._buffer += piece
        line, self._buffer = self._buffer.split(b"\0", 1)
        return dict(json.loads(line))


@dataclass
class Page:
    """One tab.

    Attributes:
        console: warnings and errors in the console, refusals of the content security policy among them.
        requests: addresses asked for, except the pages opened here and data within them.
    """

    browser: Browser
    session: str
    context: str
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    _events: list[str] = field(default_factory=list)

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the DevTools protocol to this page."""
        return self.browser.send(method, self.session, **params)

    def heard(self, method: str, params: dict[str, Any]) -> None:
        """Keep what the browser says about this page."""
        self._events.append(method)
        if method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.console.append(" ".join(str(one.get("value", one.get("description"))) for one in params["args"]))
        elif method == "Runtime.exceptionThrown":
            self.console.append(str(params["exceptionDetails"].get("exception", {}).get("description")))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.console.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    @property
    def loaded(self) -> list[str]:
        """What the page asked for beside itself and the data within it."""
        own = {url.split("#")[0] for url in self.opened}
        return [url for url in self.requests if url not in own and not url.startswith("data:")]

    def open(self, where: Path | str) -> Page:
        """Load a file or an address, to its end."""
        url = where.as_uri() if isinstance(where, Path) else where
        self.opened.append(url)
        self._loading(lambda: self.send("Page.navigate", url=url))
        return self

    def reload(self) -> None:
        """Load it again."""
        self._loading(lambda: self.send("Page.reload"))

    def resize(self, width: int, height: int) -> None:
        """A window of this size, of a phone where it is narrow."""
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def emulate(self, medium: str = "", **features: str) -> None:
        """Set the medium (``print``) and media features (``prefers_color_scheme="dark"``)."""
        pairs = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.send("Emulation.setEmulatedMedia", media=medium, features=pairs)

    def run(self, expression: str) -> Any:
        """The value of an expression of JavaScript, a promise awaited."""
        done = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done["exceptionDetails"].get("exception", done)
        return done["result"].get("value")

    def until(self, expression: str) -> None:
        """Wait until an expression of JavaScript is true."""
        self.run(
            f"new Promise((done) => {{ const look = () => {expression} ? done() : setTimeout(look, 5); look(); }})"
        )

    def key(self, *keys: str, shift: bool = False) -> None:
        """Press and release keys, one after the other, wherever the focus is."""
        for key in keys:
            code, text = _KEYS[key]
            shared = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
            down = {"type": "keyDown", "text": text} if text else {"type": "rawKeyDown"}
            self.send("Input.dispatchKeyEvent", **shared, **down)
            self.send("Input.dispatchKeyEvent", **shared, type="keyUp")

    def type(self, text: str) -> None:
        """Type a text wherever the focus is."""
        self.send("Input.insertText", text=text)

    def click(self, selector: str) -> None:
        """Press the mouse in the middle of an element, scrolled into view; it must be what lies there on top.

        As a user would, it waits a moment for what is still to open.
        """
        find = f"""(() => {{
              const one = document.querySelector({json.dumps(selector)});
              if (!one) return "not on the page";
              one.scrollIntoView({{block: "center", behavior: "instant"}});
              const box = one.getBoundingClientRect();
              const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
              const top = document.elementFromPoint(x, y);
              const hit = top && (one.contains(top) || top.contains(one) || (one.labels && [...one.labels]
                .some(label => label.contains(top))));
              return hit ? [x, y] : `covered by ${{top && top.outerHTML.slice(0, 200)}}`;
            }})()"""
        end = time.monotonic() + 5
        while not isinstance(place := self.run(find), list) and time.monotonic() < end:
            time.sleep(0.02)
        assert isinstance(place, list), f"{selector}: {place}"
        mouse = {"x": place[0], "y": place[1], "button": "left", "clickCount": 1}
        self.send("Input.dispatchMouseEvent", type="mousePressed", **mouse)
        self.send("Input.dispatchMouseEvent", type="mouseReleased", **mouse)

    def focus(self) -> str:
        """The id, or else the text, of the element that has the focus."""
        return str(self.run("document.activeElement.id || document.activeElement.textContent.trim()"))

    def controls(self) -> list[tuple[str, str]]:
        """Role and name of everything that can be focused, as assistive technology is told."""
        nodes = self.send("Accessibility.getFullAXTree")["nodes"]
        found = []
        for node in nodes:
            focusable = any(one["name"] == "focusable" and one["value"]["value"] for one in node.get("properties", []))
            role = node.get("role", {}).get("value", "")
            if focusable and not node.get("ignored") and role != "RootWebArea":
                found.append((role, node.get("name", {}).get("value", "")))
        return found

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """The page as a picture, in its full length or as the window shows it."""
        shot = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **self._clip(whole))
        path.write_bytes(b64decode(shot["data"]))

    def _clip(self, whole: bool) -> dict[str, Any]:
        if not whole:
            return {}
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}}

    def _loading(self, start: Callable[[], object]) -> None:
        self._events.clear()
        start()
        self.browser.wait(lambda: "Page.loadEventFired" in self._events)
