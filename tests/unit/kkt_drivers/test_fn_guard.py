"""Who may make a document is asked when nothing but its bytes is left to do."""

import pytest

from tests.unit.kkt_drivers.ffd_samples import ORDER
from tests.unit.kkt_drivers.scripted_fn import lost, status
from tests.unit.kkt_drivers.test_fn_driver import AT, Bench


class LeaseOver(Exception):
    """Another owner may have begun."""


@pytest.mark.parametrize(
    ("lost_of", "not_sent"),
    [(0x30, "06"), (0x3A, "15"), (0x10, "15"), (0x15, "07"), (0x07, "16")],
    ids=["cancel", "begin after 3Ah", "begin after 10h", "data", "finish"],
)
async def test_after_a_new_connection_the_guard_is_asked_again_before_a_byte_is_sent(
    lost_of: int, not_sent: str
) -> None:
    """An answer that came only to an ENQ ends the connection, and making another takes time: a lease may end in it."""
    bench = Bench()
    bench.fn.answers[0x30] = (0, status(open_document=4))
    bench.fn.answers[lost_of] = (0x80, b"") if lost_of in (0x15, 0x07) else bench.fn.answers[lost_of]
    bench.faults.once_after(lost_of, lost)

    def in_time() -> None:
        if bench.pipe.connections > 1:
            raise LeaseOver

    bench.kkt.guard(in_time)
    with pytest.raises(LeaseOver):
        await bench.kkt.register_receipt(ORDER, AT)
    assert bench.pipe.connections == 2
    assert not_sent not in bench.fn.codes[bench.fn.codes.index(f"{lost_of:02X}") :]
