"""The FN's side of the exchange with the operator: take a message out, bring the confirmation in. FN protocol 7, 12."""

from kkt_drivers.errors import CodecError, KktError, KktRefused, KktUnavailable, Refusal
from kkt_drivers.fn import commands
from kkt_drivers.fn.error_codes import OFD_ANSWER
from kkt_drivers.fn.exchange import Exchange
from kkt_drivers.fn.frame import MAX_DATA
from kkt_drivers.fn.talk import Talk


class OperatorExchange:
    """What the FN knows of our connection to the operator lasts as long as ours to the FN.

    ``stay_connected``: the FN is not told of the end of each document's exchange, because the connection goes on.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._told_on = -1  # the connection to the FN on which it was told "connected"

    async def read_message(self) -> bytes:
        """21h, 22h, 23h ..., 25h: the container of the oldest unconfirmed document. KktRefused NO_DATA: none waits."""
        return await self._exchange.follow(self._message())

    def _message(self) -> Talk[bytes]:
        size = yield from self._begin()
        message = b""
        while len(message) < size:
            wanted = min(MAX_DATA, size - len(message))
            block = yield commands.READ_OFD_MESSAGE, commands.read_ofd_message(len(message), wanted)
            if not block:
                raise KktUnavailable(f"the FN gave {len(message)} bytes of a message of {size}")
            message += block
        yield commands.FINISH_OFD_MESSAGE, b""
        return message[:size]

    def _begin(self) -> Talk[int]:
        """Length of the message; the FN is told first that there is a connection, unless it knows."""
        begin = commands.BEGIN_OFD_MESSAGE, b""
        if self._told_on == self._exchange.connection:
            try:
                return (yield begin)  # type: ignore[no-any-return]
            except KktRefused as error:
                if error.kind is Refusal.NO_DATA:
                    raise
                # It lost its power meanwhile, or a message was begun and never ended.
        yield commands.OFD_CONNECTION, commands.ofd_connection(True)
        self._told_on = self._exchange.connection
        try:
            return (yield begin)  # type: ignore[no-any-return]
        except KktRefused as error:
            if error.kind is not Refusal.WRONG_STATE:
                yield from self._end()
                raise
            # A message that was begun and never ended, by us before a crash.
            yield commands.CANCEL_OFD_MESSAGE, b""
            return (yield begin)  # type: ignore[no-any-return]

    def _end(self) -> Talk[None]:
        """21h "disconnected"; a refusal is no matter."""
        self._told_on = -1
        try:
            yield commands.OFD_CONNECTION, commands.ofd_connection(False)
        except KktRefused:
            pass  # only a flag of the FN; the next exchange sets it anew

    async def accept_answer(self, container: bytes, *, stay_connected: bool) -> int:
        """26h, then 21h "disconnected" unless we stay connected: gives the operator's code (1022).

        Raises KktRefused OFD_ANSWER with the FN's reason when the confirmation is not taken.
        """
        try:
            code = await self._exchange.ask(commands.ACCEPT_OFD_ANSWER, container)
        except CodecError as error:
            raise KktRefused(Refusal.OFD_ANSWER, OFD_ANSWER, str(error), commands.ACCEPT_OFD_ANSWER.name) from error
        except KktRefused:
            await self.disconnect()
            raise
        if not stay_connected:
            await self.disconnect()
        return code

    async def disconnect(self) -> None:
        """21h "disconnected"; whatever becomes of it."""
        try:
            await self._exchange.follow(self._end())
        except KktError:
            pass  # the next exchange begins with a connection of its own
