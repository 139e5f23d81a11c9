"""The parent of all children."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from fiscal_server.supervisor.child import Child
from fiscal_server.supervisor.errors import StopRequested
from fiscal_server.supervisor.run_state import RunState, forget_run_state, lock_data_dir, write_run_state
from fiscal_server.supervisor.spec import ChildSpec

_WARDEN = Path(__file__).with_name("warden.py")
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """Owns a data folder and the children that work in it, from `async with` to its end.

    `on_event` gets short lines for the user's terminal; what children print goes to data_dir/log/<name>.log. Children
    stop in the reverse order of their start: the database, started first, goes last. Use it in the main thread (the
    kernel ties children to the thread that made them). Raises AlreadyRunning on entry.
    """

    def __init__(self, data_dir: Path, on_event: Callable[[str], None] = print) -> None:
        self._data_dir = data_dir
        self._on_event = on_event
        self._children: list[Child] = []
        self._stop = asyncio.Event()
        self._hurry = False
        self._lock: int | None = None
        self._warden: subprocess.Popen[str] | None = None
        self._groups: dict[str, int] = {}
        self._at_end: list[Callable[[], None]] = []

    async def __aenter__(self) -> Self:
        self._lock = lock_data_dir(self._data_dir)
        self._warden = _start_warden()
        loop = asyncio.get_running_loop()
        for number in _STOP_SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # nohup ignores SIGHUP for us: let it
                loop.add_signal_handler(number, self._on_signal, number)
        self._write_state()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self._stop.set()
        for child in reversed(self._children):
            await child.stop()
        loop = asyncio.get_running_loop()
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)
        for clean_up in self._at_end:
            clean_up()
        forget_run_state(self._data_dir)
        self._dismiss_warden()
        assert self._lock is not None, "entered before it is left"
        os.close(self._lock)  # last: whoever takes the folder next finds nobody in it
        return isinstance(error, StopRequested)

    async def start(self, spec: ChildSpec) -> None:
        """Start a child and wait until it is ready. Raises ChildNotReady; StopRequested after Ctrl-C."""
        if self._stop.is_set():
            raise StopRequested
        child = Child(spec, self._data_dir / "log", self._tell, self._on_change)
        self._children.append(child)
        starting = asyncio.create_task(child.start(), name=f"start {spec.name}")
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not starting.done():
                raise StopRequested
            await starting
        finally:
            stopping.cancel()
            starting.cancel()
            await asyncio.gather(starting, stopping, return_exceptions=True)
        self._write_state()

    async def wait_stopped(self) -> None:
        """Until somebody wants us to stop: Ctrl-C, SIGTERM, a closed terminal, `request_stop`. Then leave the block."""
        await self._stop.wait()

    def at_end(self, clean_up: Callable[[], None]) -> None:
        """Call it when every child has stopped and the folder is still ours; it must not raise."""
        self._at_end.append(clean_up)

    @property
    def stopping(self) -> bool:
        """Somebody wants us to stop."""
        return self._stop.is_set()

    def request_stop(self) -> None:
        """What Ctrl-C does."""
        self._stop.set()

    def pid(self, name: str) -> int | None:
        """Process id of a child; None while it is down. KeyError for a name never started."""
        for child in self._children:
            if child.spec.name == name:
                return child.pid
        raise KeyError(name)

    def _on_signal(self, number: int) -> None:
        if not self._stop.is_set():
            self._stop.set()
            self._tell("stopping; press Ctrl-C again to hurry" if number == signal.SIGINT else "stopping")
        elif number == signal.SIGINT and not self._hurry:
            self._hurry = True
            self._tell("hurrying")
            for child in self._children:
                child.hasten()

    def _tell(self, line: str) -> None:
        with contextlib.suppress(OSError):  # a closed terminal or pipe must not keep us from stopping the children
            self._on_event(line)

    def _on_change(self, child: Child) -> None:
        """A child has a new pid, or none: tell the warden and the readers of run.json."""
        name = child.spec.name
        if (gone := self._groups.pop(name, None)) is not None:
            self._tell_warden(f"forget {gone}")
        if child.group is not None:
            self._groups[name] = child.group
            self._tell_warden(f"watch {child.group} {int(child.spec.death_signal)}")
            if self._hurry:
                child.hasten()
        self._write_state()

    def _write_state(self) -> None:
        children = {child.spec.name: child.pid for child in self._children if child.pid is not None}
        addresses = {child.spec.name: child.spec.address for child in self._children if child.spec.address}
        try:
            write_run_state(self._data_dir, RunState(os.getpid(), children, addresses))
        except OSError as error:  # a full disk must not keep us from restarting or stopping a child
            self._tell(f"cannot write run.json: {error.strerror}")

    def _tell_warden(self, line: str) -> None:
        try:
            self._write_to_warden([line])
        except BrokenPipeError:
            # Somebody killed it. The next one has to learn of every group, not only of this change.
            self._dismiss_warden()
            self._warden = _start_warden()
            signals = {child.spec.name: int(child.spec.death_signal) for child in self._children}
            self._write_to_warden([f"watch {group} {signals[name]}" for name, group in self._groups.items()])

    def _write_to_warden(self, lines: list[str]) -> None:
        pipe = self._warden_pipe()
        pipe.writelines(f"{line}\n" for line in lines)
        pipe.flush()

    def _warden_pipe(self) -> IO[str]:
        assert self._warden is not None, "entered before it is used"
        assert self._warden.stdin is not None, "made with a pipe"
        return self._warden.stdin

    def _dismiss_warden(self) -> None:
        assert self._warden is not None, "entered before it is left"
        with contextlib.suppress(BrokenPipeError):
            self._warden_pipe().close()
        self._warden.wait()


def _start_warden() -> subprocess.Popen[str]:
    return subprocess.Popen(
        (sys.executable, "-I", "-S", str(_WARDEN)),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # a signal to our group must not reach it first
    )
