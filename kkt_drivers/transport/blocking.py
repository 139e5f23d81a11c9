"""Blocking calls of device libraries, kept away from the event loop."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def call_blocking(work: Callable[[], T], timeout_s: float, undo: Callable[[T], None]) -> T:
    """``work()`` in a thread of its own, so that one hanging device stops neither the others nor the program's end.

    Raises what ``work`` raises, or TimeoutError after ``timeout_s``; what it brings after that, or after the caller was
    cancelled, is given to ``undo``.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def deliver(result: T | None, error: BaseException | None) -> None:
        if done.done():
            if error is None:
                undo(result)  # type: ignore[arg-type]  # without an error there is a result
        elif error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def run() -> None:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = work()
        except Exception as raised:
            error = raised
        try:
            loop.call_soon_threadsafe(deliver, result, error)
        except RuntimeError:  # the loop has ended: nobody waits
            if error is None:
                undo(result)  # type: ignore[arg-type]

    threading.Thread(target=run, name="device-open", daemon=True).start()
    try:
        async with asyncio.timeout(timeout_s):
            return await done
    except BaseException:
        done.cancel()
        raise
