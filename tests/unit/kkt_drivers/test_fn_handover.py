"""Records on their way to an FN: the same frames whether they come one by one or in one piece."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.tlv import encode_tlv
from kkt_drivers.fn.frame import MAX_DATA
from kkt_drivers.fn.handover import RECEIPT_LIMIT, SHIFT_LIMIT, cut, pack

records = st.builds(
    encode_tlv, st.integers(1000, 2000), st.one_of(st.integers(0, 40), st.integers(900, 1020)).map(lambda n: bytes(n))
)


@given(st.lists(records, max_size=40))
def test_a_piece_is_cut_where_single_records_are_packed(some: list[bytes]) -> None:
    assert cut(b"".join(some), RECEIPT_LIMIT) == pack(some, RECEIPT_LIMIT)


def test_a_full_frame_is_not_cut() -> None:
    full = encode_tlv(1059, bytes(MAX_DATA - 4))
    assert cut(full, RECEIPT_LIMIT) == [full]
    assert cut(full + full, RECEIPT_LIMIT) == [full, full]


def test_no_record_may_be_longer_than_a_frame() -> None:
    with pytest.raises(CodecError, match="does not fit a frame") as caught:
        cut(encode_tlv(1059, bytes(MAX_DATA - 3)), RECEIPT_LIMIT)
    assert caught.value.tag == 1059


@pytest.mark.parametrize("limit", [100, SHIFT_LIMIT])
def test_the_limit_of_a_document_holds_for_a_piece_too(limit: int) -> None:
    with pytest.raises(CodecError, match="the FN takes"):
        cut(encode_tlv(1021, bytes(limit - 4)) + encode_tlv(1021, b""), limit)
