"""A network of hosts in one process: connections with seeded latency, split segments, cuts and partitions.

Bytes arrive in order or not at all, as TCP promises. A link that is down loses nothing at once: what is sent waits
until it is up again, or until one end gives up. ``connect`` to nobody is refused, behind a dead link it hangs.
"""

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any, Protocol

from tests.simulation.loop import HOST, Host, SimulatedLoop

LATENCY_S = (0.0002, 0.004)
"""Of a segment, drawn for each."""

_SPLIT = 0.03
_PATIENCE_S = 30.0
"""A peer that nothing was heard of for so long is given up by the kernel (TCP keepalive, ``storage/pool.py``)."""


class _Factory(Protocol):
    def __call__(self) -> Any: ...


class Link:
    """Everything between two hosts, by their names."""

    def __init__(self) -> None:
        self.up = asyncio.Event()
        self.up.set()
        self.held: list[Callable[[], None]] = []
        self.downs = 0


class End(asyncio.Transport):
    """One end of a connection: what asyncio calls a transport."""

    def __init__(self, network: "Network", host: Host, link: Link, name: str) -> None:
        super().__init__()
        self._network = network
        self.host = host
        self.link = link
        self.name = name
        self.peer: End
        self.protocol: Any = None
        self.context = contextvars.copy_context()
        self.context.run(HOST.set, host)
        self.closing = False  # nothing goes out any more
        self.ended = False  # nothing comes in any more
        self.deaf = False  # what is on its way to it is lost
        self._arrives_at = 0.0
        self._paused = False
        self._pending: list[bytes] = []

    def write(self, data: Any) -> None:
        data = bytes(data)
        if self.closing or not data:
            return
        chance, rest = self._network.loop.chance, data
        if len(data) > 1 and chance.random() < _SPLIT:
            cut = chance.randrange(1, len(data))
            self._send(data[:cut])
            rest = data[cut:]
        self._send(rest)
        self._network.sent(self, data)

    def writelines(self, pieces: Any) -> None:
        self.write(b"".join(pieces))

    def close(self) -> None:
        """What was written still arrives, then the end."""
        if not self.closing:
            self.closing = True
            self._travel(self.peer._hear_end)
            self._network.loop.call_soon(self._lose, None, context=self.context)

    abort = close

    def reset(self) -> None:
        """The connection is gone for this end, as after a reset of the peer."""
        self.closing = True
        self._lose(ConnectionResetError(104, "Connection reset by peer"))

    def is_closing(self) -> bool:
        return self.closing

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def get_protocol(self) -> Any:
        return self.protocol

    def get_write_buffer_size(self) -> int:
        return 0

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None:
        self._paused = True

    def resume_reading(self) -> None:
        self._paused = False
        pending, self._pending = self._pending, []
        for data in pending:
            self._network.loop.call_soon(self._hear, data, context=self.context)

    # --- on the way ---------------------------------------------------------------------------------------------------

    def _send(self, data: bytes) -> None:
        self._network.count += 1
        self._travel(self.peer._hear, data)

    def _travel(self, arrive: Callable[..., None], *args: Any) -> None:
        if not self.link.up.is_set():
            self.link.held.append(lambda: self._travel(arrive, *args))
            return
        network = self._network
        self._arrives_at = max(self._arrives_at, network.loop.time() + network.latency_s())
        network.loop.call_at(self._arrives_at, arrive, *args, context=self.peer.context)

    def _hear(self, data: bytes) -> None:
        if self.ended or self.deaf:
            return
        if self._paused:
            self._pending.append(data)
            return
        loop = self._network.loop
        loop.trace.note(loop.time(), self.host, f"<- {self.name} {len(data)} bytes")
        self.protocol.data_received(data)

    def _hear_end(self) -> None:
        if not self.ended and not self.protocol.eof_received():
            self.closing = True
            self._lose(None)

    def _lose(self, error: Exception | None) -> None:
        if not self.ended:
            self.ended = True
            self._network.ends.pop(self, None)
            self.protocol.connection_lost(error)


class Listening:
    """What ``create_server`` gives."""

    def __init__(self, network: "Network", factory: _Factory, place: tuple[str, int]) -> None:
        self._network = network
        self.factory = factory
        self.context = contextvars.copy_context()
        self._place = place
        self.sockets = [self]

    def getsockname(self) -> tuple[str, int]:
        return self._place

    def close(self) -> None:
        if self._network.listening.get(self._place) is self:
            del self._network.listening[self._place]

    async def wait_closed(self) -> None:
        pass


class Network:
    """Puts itself in the place of the loop's sockets."""

    def __init__(self, loop: SimulatedLoop) -> None:
        self.loop = loop
        self.listening: dict[tuple[str, int], Listening] = {}
        self.ends: dict[End, None] = {}
        self._of_the_dead: list[End] = []  # they hear of nothing until the world has ended
        self.over = False
        self.cables: dict[str, str] = {}  # who is plugged into whom: nobody else reaches it
        self.count = 0  # segments sent
        self.sent: Callable[[End, bytes], None] = lambda end, data: None  # told of everything that somebody wrote
        self._links: dict[frozenset[str], Link] = {}
        loop.create_connection = self._create_connection  # type: ignore[method-assign, assignment]
        loop.create_unix_connection = self._create_unix_connection  # type: ignore[method-assign, assignment]
        loop.create_server = self.create_server  # type: ignore[method-assign, assignment]

    def latency_s(self) -> float:
        return self.loop.chance.uniform(*LATENCY_S)

    def link(self, one: str, other: str) -> Link:
        return self._links.setdefault(frozenset((one, other)), Link())

    # --- what goes wrong ----------------------------------------------------------------------------------------------

    def take_down(self, one: str, other: str) -> None:
        """Nothing passes between two hosts; who waits longer than a kernel does loses his connections."""
        link = self.link(one, other)
        link.up.clear()
        link.downs += 1
        self.loop.call_later(_PATIENCE_S, self._give_up, link, link.downs)

    def bring_up(self, one: str, other: str) -> None:
        """What is still on its way arrives."""
        link = self.link(one, other)
        link.up.set()
        held, link.held = link.held, []
        for travel in held:
            travel()

    def bring_all_up(self) -> None:
        for names in self._links:
            self.bring_up(*names)

    def cut(self, host: Host, *, with_word: bool = True) -> None:
        """A host's process is gone: its peers hear the end of every connection, or nothing of what was on its way."""
        for end in [end for end in self.ends if end.host is host]:
            self.cut_end(end, with_word=with_word)

    def ends_of(self, name: str) -> list[End]:
        """Ends of the connections of a machine."""
        return [end for end in self.ends if end.host.name == name]

    def cut_end(self, end: End, *, with_word: bool = True) -> None:
        end.closing = True
        end.peer.deaf = not with_word
        end._travel(end.peer.reset)
        if not end.host.dead:
            self.loop.call_soon(end._lose, ConnectionResetError(104, "Connection reset by peer"), context=end.context)
        else:
            self._of_the_dead.append(end)
            del self.ends[end]

    def end_all(self) -> None:
        """The run is over: nobody reaches anybody."""
        self.over = True
        for end in [*self.ends, *self._of_the_dead]:
            end.closing = True
            self.loop.call_soon(end._lose, ConnectionResetError(104, "the world has ended"), context=end.context)

    def _give_up(self, link: Link, downs: int) -> None:
        if link.up.is_set() or link.downs != downs:
            return
        link.held.clear()
        for end in [end for end in self.ends if end.link is link]:
            end.closing = True
            self.loop.call_soon(end._lose, ConnectionResetError(110, "Connection timed out"), context=end.context)

    # --- the loop's functions -----------------------------------------------------------------------------------------

    async def create_server(self, factory: _Factory, host: str, port: int, **_: Any) -> Listening:
        place = (host, port)
        if place in self.listening:
            raise OSError(98, "Address already in use")
        self.listening[place] = Listening(self, factory, place)
        return self.listening[place]

    async def _create_unix_connection(self, factory: _Factory, path: str, **_: Any) -> tuple[End, Any]:
        """A path is a host's name: ``/postgres/...``."""
        return await self._create_connection(factory, path.split("/")[1], 5432)

    async def _create_connection(self, factory: _Factory, host: str, port: int, **_: Any) -> tuple[End, Any]:
        client = HOST.get(self.loop.observer)
        link = self.link(client.name, host)
        await link.up.wait()
        await asyncio.sleep(self.latency_s())
        listening = self.listening.get((host, port))
        if self.cables.get(host, client.name) not in (client.name, "observer") and client.name != "observer":
            raise AssertionError(f"{client.name} asks for {host}, which is plugged into {self.cables[host]}")
        if listening is None or self.over or listening.context.get(HOST).dead:  # type: ignore[union-attr]
            raise ConnectionRefusedError(111, f"Connect call failed ({host!r}, {port})")
        server = listening.context.get(HOST)
        assert server is not None, "whoever listens is a host"
        ours = End(self, client, link, host)
        theirs = End(self, server, link, client.name)
        ours.peer, theirs.peer = theirs, ours
        self.ends[ours] = self.ends[theirs] = None
        ours.protocol = factory()
        theirs.protocol = listening.context.copy().run(listening.factory)
        self.loop.call_soon(theirs.protocol.connection_made, theirs, context=theirs.context)
        ours.protocol.connection_made(ours)
        return ours, ours.protocol
