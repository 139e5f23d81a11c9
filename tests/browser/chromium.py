"""A headless Chromium driven over its debugging pipe: no driver to install, no port to find.

Commands and events are those of the Chrome DevTools Protocol, JSON ended by a zero byte on descriptors 3 and 4.
"""

import asyncio
import contextlib
import itertools
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ANSWER_WITHIN_S = 30.0
LOOKS_FOR_S = 1.0
_MESSAGE_MAX = 1 << 26
_FLAGS = (
    "--headless",
    "--no-sandbox",  # containers have no user namespaces
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--accept-lang=ru",
    "--no-first-run",
    "--no-default-browser-check",
    "--remote-debugging-pipe",
)

_KEY_CODES = {"Enter": 13, "Tab": 9, "Escape": 27, "ArrowUp": 38, "ArrowDown": 40, "?": 191, "/": 191}

# Puts the pipes where Chromium looks for them, whatever their numbers are, and becomes Chromium.
_LAUNCH = """
import fcntl, os, sys
above = [fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3]]
os.dup2(above[0], 3)
os.dup2(above[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Page:
    """One tab. What it complained of (refused by the policy, uncaught errors) gathers in ``complaints``."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._session: str | None = None
        self._loaded = asyncio.Event()
        self.complaints: list[str] = []

    async def read_messages(self) -> None:
        """Runs as long as the browser does."""
        while True:
            try:
                message = await self._reader.readuntil(b"\0")
            except asyncio.IncompleteReadError:
                break
            content = json.loads(message[:-1])
            answer = self._answers.pop(content.get("id", 0), None)
            if answer is not None and not answer.done():
                answer.set_result(content)
            self._notice(content.get("method"), content.get("params", {}))
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(RuntimeError("the browser has ended"))

    def _notice(self, event: str | None, params: dict[str, Any]) -> None:
        match event:
            case "Page.loadEventFired":
                self._loaded.set()
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.complaints.append(params["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.complaints.append(json.dumps(params["exceptionDetails"]))

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol. Raises RuntimeError with the browser's words."""
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        message: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        self._writer.write(json.dumps(message).encode() + b"\0")
        content = await asyncio.wait_for(answer, ANSWER_WITHIN_S)
        if "error" in content:
            raise RuntimeError(f"{method}: {content['error']}")
        return dict(content["result"])

    async def attach(self) -> None:
        """Open the tab."""
        target = await self.command("Target.createTarget", url="about:blank")
        attached = await self.command("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            await self.command(f"{domain}.enable")

    async def look_like(self, width: int, height: int, scheme: str = "light") -> None:
        """Size of the window, and the colour scheme of the system."""
        await self.command(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )
        await self.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    async def open(self, url: str) -> None:
        """Go there and wait until it has loaded."""
        self._loaded.clear()
        await self.command("Page.navigate", url=url)
        await asyncio.wait_for(self._loaded.wait(), ANSWER_WITHIN_S)

    async def wait_until_at(self, path: str) -> None:
        """Until the page at this path has loaded, whoever went there; what the way there ends is asked anew."""
        await self.wait_until(f"location.pathname + location.search === {json.dumps(path)}")

    async def wait_until(self, script: str) -> None:
        """Until the expression is true in the page that is there, whichever it is by then, and that page has loaded."""
        there = (
            f"new Promise((done) => {{ const look = () => {{"
            f"if (document.readyState === 'complete' && ({script})) done(true);"
            " else requestAnimationFrame(look); }; look(); })"
        )
        async with asyncio.timeout(ANSWER_WITHIN_S):
            while True:
                looking = asyncio.ensure_future(self.evaluate(there))
                try:  # a page without scripts that is asked while it loads gives no frame to look in: it is asked anew
                    await asyncio.wait({looking}, timeout=LOOKS_FOR_S)
                    if looking.done() and looking.exception() is None:
                        return
                finally:
                    looking.cancel()

    async def press(self, *keys: str) -> None:
        """Keys one after another, by the names that pages know: `j`, `Enter`, `Tab`, `Ctrl+k`."""
        for key in keys:
            is_ctrl, key = key.startswith("Ctrl+"), key.removeprefix("Ctrl+")
            text = "" if is_ctrl else "\r" if key == "Enter" else key if len(key) == 1 else ""
            code = _KEY_CODES.get(key, ord(key.upper()) if len(key) == 1 else 0)
            more = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 2 if is_ctrl else 0}
            await self.command("Input.dispatchKeyEvent", type="keyDown", text=text, **more)
            await self.command("Input.dispatchKeyEvent", type="keyUp", **more)

    async def type(self, text: str) -> None:
        """Into the field that has the focus."""
        await self.command("Input.insertText", text=text)

    async def evaluate(self, script: str) -> Any:
        """The value of an expression in the page; a promise is awaited."""
        answer = await self.command("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    async def wait_for(self, script: str) -> None:
        """Until the expression is true; the page looks whenever it changes. Raises TimeoutError with the place."""
        try:
            await self._watch(script)
        except TimeoutError as error:
            where = await self.evaluate("`${location.href}, focus: ${document.activeElement?.outerHTML.slice(0, 200)}`")
            raise TimeoutError(f"not true: {script}; at {where}; complaints: {self.complaints}") from error

    async def _watch(self, script: str) -> None:
        await self.evaluate(
            "new Promise((done) => { const look = () => { if (" + script + ") { watch.disconnect(); done(true); } };"
            "const watch = new MutationObserver(look);"
            "watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });"
            "look(); })"
        )

    async def wait_through(self, script: str) -> None:
        """Like ``wait_for``, whatever pages come and go meanwhile."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            while True:
                with contextlib.suppress(RuntimeError):
                    await self.wait_for(script)
                    return


@asynccontextmanager
async def chromium() -> AsyncIterator[Page]:
    """A browser with one tab and a profile of its own, both gone afterwards."""
    assert PROGRAM is not None
    profile = tempfile.mkdtemp(prefix="fiscal-browser-")
    to_browser, commands = os.pipe()
    messages, from_browser = os.pipe()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        _LAUNCH,
        str(to_browser),
        str(from_browser),
        PROGRAM,
        *_FLAGS,
        f"--user-data-dir={profile}",
        pass_fds=(to_browser, from_browser),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(to_browser)
    os.close(from_browser)
    page, close = await _connect(messages, commands)
    reading = asyncio.create_task(page.read_messages())
    try:
        await page.attach()
        yield page
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await close()
        shutil.rmtree(profile, ignore_errors=True)


async def _connect(messages: int, commands: int) -> tuple[Page, Callable[[], Awaitable[None]]]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_MESSAGE_MAX)
    reading, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(messages, "rb"))
    writing, protocol = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, os.fdopen(commands, "wb"))
    writer = asyncio.StreamWriter(writing, protocol, None, loop)

    async def close() -> None:
        writing.close()
        reading.close()

    return Page(reader, writer), close
