"""Large bodies, read within limits: bytes in memory, bytes after decompression, and the patience with slow clients."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from litestar import Request
from litestar.datastructures import FormMultiDict
from litestar.exceptions import InternalServerException
from litestar.types import HTTPReceiveMessage, Receive, WebSocketReceiveMessage

from fiscal_server.api.bodies import HUNG_UP
from fiscal_server.errors import BodyTooLarge, BodyTooSlow, Overloaded, UnsupportedBody
from fiscal_server.intake.forms import BodyForm

try:
    from compression import zstd  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    from backports import zstd  # type: ignore[no-redef,unused-ignore]

MAX_BODY_BYTES: Final = 64 * 1024 * 1024
"""Of a batch, as it is sent and as it is when decompressed."""

IDLE_S: Final = 15.0
"""A client that sends nothing for so long is given up."""

SLOWEST_BYTES_S: Final = 16 * 1024
"""And one that is slower than this on the whole."""

MOST_EXPANDED: Final = 1032
"""Bytes that one byte of gzip can become (RFC 1951: 258 bytes for two bits). zstd may do more: it is read in steps."""

STEP_BYTES: Final = 4 * 1024 * 1024
"""Of what zstd gives at a time, after as much was taken of the memory."""

WINDOW_LOG: Final = 23
"""zstd may look back 8 MiB and no farther (RFC 9659); levels from 20 on would."""

LINGER_S: Final = 5.0
"""So long the rest of a refused body is read and thrown away."""

_FORMS: Final = {
    "": BodyForm.JSON,
    "application/json": BodyForm.JSON,
    "application/x-ndjson": BodyForm.LINES,
    "application/ndjson": BodyForm.LINES,
    "application/jsonl": BodyForm.LINES,
    "application/msgpack": BodyForm.MESSAGE_PACK,
    "application/x-msgpack": BodyForm.MESSAGE_PACK,
    "application/vnd.msgpack": BodyForm.MESSAGE_PACK,
}


class BodyMemory:
    """Bytes of bodies that this process may hold at once. Who would hold more is sent away before he sends it."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self._reading = asyncio.Semaphore(1)
        self._looking_back = asyncio.Semaphore(1)

    def take(self, size: int) -> None:
        """Raises Overloaded when there is no room."""
        if size > self._left:
            raise Overloaded("too many large bodies at once; nothing was read")
        self._left -= size

    def give_back(self, size: int) -> None:
        """What was taken."""
        self._left += size

    @asynccontextmanager
    async def one_window(self) -> AsyncIterator[None]:
        """What a decoder of zstd holds beside the body: one works at a time, or small bodies would need much."""
        async with self._looking_back:
            self.take(1 << WINDOW_LOG)
            try:
                yield
            finally:
                self.give_back(1 << WINDOW_LOG)

    @asynccontextmanager
    async def one_large(self, size: int) -> AsyncIterator[None]:
        """Decoded, a body takes several times its bytes: large ones are worked on one at a time, small ones pass."""
        if size < MAX_BODY_BYTES // 64:
            yield
            return
        async with self._reading:
            yield


class Upload:
    """A body in the making; what it took of the memory is given back when the request is over."""

    def __init__(self, memory: BodyMemory) -> None:
        self._memory = memory
        self._taken = 0

    def grow(self, to: int) -> None:
        """Raises BodyTooLarge, Overloaded."""
        if to > MAX_BODY_BYTES:
            raise BodyTooLarge(f"more than {MAX_BODY_BYTES} bytes; send several batches")
        if to > self._taken:
            self._memory.take(to - self._taken)
            self._taken = to

    @asynccontextmanager
    async def window(self) -> AsyncIterator[None]:
        """Room for a decoder of zstd. Raises Overloaded."""
        async with self._memory.one_window():
            yield

    def shrink(self, to: int) -> None:
        """It is less than was feared."""
        self._memory.give_back(self._taken - to)
        self._taken = to


def form_of(request: Request[Any, Any, Any]) -> BodyForm:
    """By Content-Type; none is JSON. Raises UnsupportedBody."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    form = _FORMS.get(media_type)
    if form is None:
        raise UnsupportedBody(f"Content-Type {media_type}: send {', '.join(sorted(set(_FORMS.values())))}")
    return form


@asynccontextmanager
async def read_upload(request: Request[Any, Any, Any], memory: BodyMemory) -> AsyncIterator[bytes]:
    """The body, decompressed. Raises BodyTooLarge, BodyTooSlow, Overloaded, UnsupportedBody."""
    decoder = _decoder(request.headers.get("content-encoding", "identity").strip().lower())
    upload = Upload(memory)
    chunks = request.stream().__aiter__()
    try:
        try:
            upload.grow(_announced(request))
            raw = await _received(chunks, upload)
        except (BodyTooLarge, Overloaded):
            if request.headers.get("expect", "").lower() != "100-continue":  # who asks first has sent nothing yet
                await _let_go_by(chunks)
            raise
        body = raw if decoder is None else await _decompressed(decoder, raw, upload)
        del raw
        async with memory.one_large(len(body)):
            yield body
    finally:
        upload.shrink(0)


@asynccontextmanager
async def read_form(request: Request[Any, Any, Any], memory: BodyMemory) -> AsyncIterator[FormMultiDict]:
    """A form with files in it, within the same limits. Raises BodyTooLarge, BodyTooSlow, Overloaded."""
    upload = Upload(memory)
    size = _announced(request) or MAX_BODY_BYTES
    request.receive = _impatient(request.receive)
    try:
        upload.grow(size)
        try:
            async with asyncio.timeout(IDLE_S + size / SLOWEST_BYTES_S):
                form = await request.form()
        except TimeoutError:
            raise BodyTooSlow(f"slower than {SLOWEST_BYTES_S} bytes a second") from None
        except InternalServerException:
            raise BodyTooSlow(HUNG_UP) from None
        async with memory.one_large(size):
            yield form
    finally:
        upload.shrink(0)


def _impatient(receive: Receive) -> Receive:
    """Raises BodyTooSlow when nothing comes: a large form may take half an hour as a whole, a pause in it may not."""

    async def receive_soon() -> HTTPReceiveMessage | WebSocketReceiveMessage:
        try:
            async with asyncio.timeout(IDLE_S):
                return await receive()
        except TimeoutError:
            raise BodyTooSlow(f"nothing came for {IDLE_S:.0f} seconds") from None

    return receive_soon


def _announced(request: Request[Any, Any, Any]) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


async def _let_go_by(chunks: AsyncIterator[bytes]) -> None:
    """A client that is still sending when the connection closes loses the answer that says why."""
    with suppress(TimeoutError, InternalServerException):
        async with asyncio.timeout(LINGER_S):
            async for _ in chunks:
                pass


async def _received(chunks: AsyncIterator[bytes], upload: Upload) -> bytes:
    parts: list[bytes] = []
    size, loop = 0, asyncio.get_running_loop()
    begun = loop.time()
    while True:
        try:
            async with asyncio.timeout(IDLE_S):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return b"".join(parts)
        except TimeoutError:
            raise BodyTooSlow(f"nothing came for {IDLE_S:.0f} seconds") from None
        except InternalServerException:
            raise BodyTooSlow(HUNG_UP) from None
        size += len(chunk)
        upload.grow(size)
        parts.append(chunk)
        if loop.time() - begun > IDLE_S + size / SLOWEST_BYTES_S:
            raise BodyTooSlow(f"slower than {SLOWEST_BYTES_S} bytes a second")


def _decoder(encoding: str) -> Any:
    if encoding in ("", "identity"):
        return None
    if encoding in ("gzip", "x-gzip"):
        return zlib.decompressobj(wbits=31)
    if encoding == "zstd":
        return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: WINDOW_LOG})
    raise UnsupportedBody(f"Content-Encoding {encoding}: send gzip, zstd, or nothing")


async def _decompressed(decoder: Any, raw: bytes, upload: Upload) -> bytes:
    """Never more than the limit nor than there is room for, whatever a small body would become.

    Raises BodyTooLarge, Overloaded, UnsupportedBody.
    """
    try:
        if isinstance(decoder, zstd.ZstdDecompressor):
            async with upload.window():
                body = await _by_steps(decoder, raw, upload)
        else:
            upload.grow(min(MAX_BODY_BYTES, len(raw) * MOST_EXPANDED))  # before, for afterwards is too late
            body = await asyncio.to_thread(decoder.decompress, raw, MAX_BODY_BYTES + 1)
    except (zlib.error, zstd.ZstdError) as error:
        raise UnsupportedBody(f"the body is damaged: {error}") from error
    if len(body) > MAX_BODY_BYTES:
        raise BodyTooLarge(f"more than {MAX_BODY_BYTES} bytes when decompressed; send several batches")
    if not decoder.eof or decoder.unused_data:
        raise UnsupportedBody("the body is damaged: it ends too early, or something follows its end")
    upload.shrink(len(body))
    return body


async def _by_steps(decoder: Any, raw: bytes, upload: Upload) -> bytes:
    """What zstd gives, at the most a byte more than is allowed."""
    parts: list[bytes] = []
    size = 0
    while size <= MAX_BODY_BYTES and not decoder.eof:
        upload.grow(min(size + STEP_BYTES, MAX_BODY_BYTES))
        most = min(STEP_BYTES, MAX_BODY_BYTES + 1 - size)
        parts.append(await asyncio.to_thread(decoder.decompress, b"" if parts else raw, most))
        size += len(parts[-1])
        if not parts[-1] and decoder.needs_input:
            break  # it ends too early
    return b"".join(parts)
