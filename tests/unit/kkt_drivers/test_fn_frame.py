"""The FN frame: golden frames byte for byte, any cutting, noise and damage."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkt_drivers.errors import CodecError
from kkt_drivers.fn.frame import MAX_DATA, Frame, FrameReader, crc16, encode
from tests.unit.kkt_drivers import golden

FRAMES = golden.table("fn_frames")
frames = st.builds(Frame, st.integers(0, 255), st.binary(max_size=MAX_DATA))


def read(data: bytes, *cuts: int) -> list[Frame]:
    reader, found, start = FrameReader(), [], 0
    for cut in sorted(cut % (len(data) + 1) for cut in cuts):
        found += reader.feed(data[start:cut])
        start = cut
    return found + reader.feed(data[start:])


def test_crc_has_the_published_check_value() -> None:
    assert crc16(b"123456789") == 0x29B1


@pytest.mark.parametrize("what", FRAMES)
def test_golden_frame_is_read_and_written_byte_for_byte(what: str) -> None:
    (frame,) = read(FRAMES[what])
    assert encode(frame.code, frame.data) == FRAMES[what]


def test_longest_frame_passes_and_one_byte_more_is_refused() -> None:
    (frame,) = read(encode(7, bytes(MAX_DATA)))
    assert len(frame.data) == MAX_DATA
    with pytest.raises(CodecError):
        encode(7, bytes(MAX_DATA + 1))


@given(st.lists(frames, max_size=4), st.lists(st.integers(0, 5000), max_size=6))
def test_frames_arrive_whole_however_the_bytes_are_cut(sent: list[Frame], cuts: list[int]) -> None:
    assert read(b"".join(encode(f.code, f.data) for f in sent), *cuts) == sent


@given(st.binary(max_size=60).map(lambda noise: noise.replace(b"\x04", b"")), frames)
def test_noise_before_the_start_byte_is_skipped(noise: bytes, frame: Frame) -> None:
    assert read(noise + encode(frame.code, frame.data)) == [frame]


@given(frames, st.integers(0), st.integers(1, 255))
def test_a_damaged_frame_never_yields_another_frame(frame: Frame, place: int, change: int) -> None:
    data = bytearray(encode(frame.code, frame.data))
    data[place % len(data)] ^= change
    assert frame not in read(bytes(data))


@given(st.binary(max_size=3000), st.lists(st.integers(0, 3000), max_size=5))
def test_any_bytes_give_the_same_frames_in_one_piece_and_in_many(data: bytes, cuts: list[int]) -> None:
    assert read(data) == read(data, *cuts)


def test_frame_behind_a_broken_one_is_found() -> None:
    broken = bytearray(encode(0x30, b"abc"))
    broken[-1] ^= 1
    reader = FrameReader()
    assert reader.feed(bytes(broken) + encode(0x31)) == [Frame(0x31)]
    assert reader.broken == 1
    assert reader.last_error is not None


def test_frame_inside_a_broken_one_is_not_taken_for_an_answer() -> None:
    broken = bytearray(encode(0x00, encode(0x00, b"sign")))
    broken[-1] ^= 1
    assert read(bytes(broken)) == []


def test_reset_frees_a_reader_that_a_damaged_length_holds_up() -> None:
    reader = FrameReader()
    assert reader.feed(b"\x04\xff\x03") == []
    assert reader.pending == 3
    reader.reset()
    assert reader.feed(encode(0x30)) == [Frame(0x30)]


def test_enq_between_frames_is_counted_and_inside_a_frame_is_not() -> None:
    reader = FrameReader()
    reader.feed(encode(0x05, b"\x05\x05") + b"\x05")
    assert reader.enquiries == 1
