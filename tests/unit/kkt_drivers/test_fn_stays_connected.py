"""Commands of the operator's exchange where the connection to him outlives a document."""

from datetime import timedelta, timezone

import pytest

from kkt_drivers.errors import KktRefused
from kkt_drivers.fn.driver import FnKkt
from kkt_drivers.transport.pipe import Pipe
from tests.unit.kkt_drivers.scripted_fn import Faults, ScriptedFn

DOCUMENT = ["22", "23", "25", "26"]


def scripted() -> tuple[ScriptedFn, FnKkt]:
    """An FN with a message of one byte that takes every confirmation, and its driver."""
    fn = ScriptedFn()
    fn.answers |= {0x21: (0, b""), 0x22: (0, b"\x01\x00"), 0x23: (0, b"m"), 0x25: (0, b""), 0x26: (0, b"\x00")}
    return fn, FnKkt(Pipe(fn.serve, Faults()), timezone=timezone(timedelta(hours=3)))


async def test_an_fn_that_stays_connected_is_told_so_once() -> None:
    fn, kkt = scripted()
    for _ in range(2):
        assert await kkt.read_ofd_message() == b"m"
        assert await kkt.accept_ofd_answer(b"x", stay_connected=True) == 0
    assert fn.codes[-9:] == ["21", *DOCUMENT, *DOCUMENT]
    await kkt.close()


async def test_an_fn_that_forgot_the_connection_is_told_anew() -> None:
    fn, kkt = scripted()
    await kkt.read_ofd_message()
    await kkt.accept_ofd_answer(b"x", stay_connected=True)
    fn.answers[0x22] = (0x11, b"")
    with pytest.raises(KktRefused):
        await kkt.read_ofd_message()
    assert fn.codes[-4:] == ["22", "21", "22", "24"]
    await kkt.close()
