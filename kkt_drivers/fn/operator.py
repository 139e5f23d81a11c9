"""The FN's side of the exchange with the operator: take a message out, bring the confirmation in. FN protocol 7, 12."""

from kkt_drivers.errors import CodecError, KktError, KktRefused, KktUnavailable, Refusal
from kkt_drivers.fn import commands
from kkt_drivers.fn.error_codes import OFD_ANSWER
from kkt_drivers.fn.exchange import Exchange
from kkt_drivers.fn.frame import MAX_DATA


async def read_message(exchange: Exchange) -> bytes:
    """21h, 22h, 23h ..., 25h: the container of the oldest unconfirmed document. KktRefused NO_DATA when none waits."""
    ask = exchange.ask
    await ask(commands.OFD_CONNECTION, commands.ofd_connection(True))
    try:
        size = await ask(commands.BEGIN_OFD_MESSAGE)
    except KktRefused as error:
        if error.kind is not Refusal.WRONG_STATE:
            await _disconnect(exchange)
            raise
        # A message that was begun and never ended, by us before a crash.
        await ask(commands.CANCEL_OFD_MESSAGE)
        size = await ask(commands.BEGIN_OFD_MESSAGE)
    message = b""
    while len(message) < size:
        wanted = min(MAX_DATA, size - len(message))
        block = await ask(commands.READ_OFD_MESSAGE, commands.read_ofd_message(len(message), wanted))
        if not block:
            raise KktUnavailable(f"the FN gave {len(message)} bytes of a message of {size}")
        message += block
    await ask(commands.FINISH_OFD_MESSAGE)
    return message[:size]


async def accept_answer(exchange: Exchange, container: bytes) -> int:
    """26h, then 21h "disconnected": gives the operator's code (1022).

    Raises KktRefused OFD_ANSWER with the FN's reason when the confirmation is not taken.
    """
    try:
        code = await exchange.ask(commands.ACCEPT_OFD_ANSWER, container)
    except CodecError as error:
        raise KktRefused(Refusal.OFD_ANSWER, OFD_ANSWER, str(error), commands.ACCEPT_OFD_ANSWER.name) from error
    except KktRefused:
        await _disconnect(exchange)
        raise
    await _disconnect(exchange)
    return code


async def _disconnect(exchange: Exchange) -> None:
    try:
        await exchange.ask(commands.OFD_CONNECTION, commands.ofd_connection(False))
    except KktError:
        pass  # only a flag of the FN; the next exchange sets it anew
