"""Requests to USB-serial bridges, bit for bit as their makers document them."""

import pytest

from kkt_drivers.transport.usb_chips import CdcAcm, Ftdi, ftdi_divisor

Request = tuple[int, int, int, int, bytes]


class Endpoint0:
    def __init__(self) -> None:
        self.seen: list[Request] = []

    def __call__(self, request_type: int, request: int, value: int, index: int, data: bytes = b"") -> None:
        self.seen.append((request_type, request, value, index, data))


@pytest.mark.parametrize(
    ("bits_per_s", "value", "high"),
    [
        (300, 0x2710, 0),
        (9600, 0x4138, 0),  # 312.5, in AN232B-05
        (19200, 0x809C, 0),
        (115_200, 0x001A, 0),
        (230_400, 0x000D, 0),
        (460_800, 0x4006, 0),
        (921_600, 0x8003, 0),
        (2_000_000, 0x0001, 0),
        (3_000_000, 0x0000, 0),
        (490_000, 0xC006, 0),  # 6.125
    ],
)
def test_divisor_is_that_of_the_makers_table(bits_per_s: int, value: int, high: int) -> None:
    assert ftdi_divisor(bits_per_s) == (value, high)


def test_fractions_above_a_half_need_the_bit_above_wvalue() -> None:
    assert ftdi_divisor(round(3_000_000 / 6.625)) == (6 | 1 << 14, 1)
    assert ftdi_divisor(round(3_000_000 / 6.875)) == (6 | 3 << 14, 1)


@pytest.mark.parametrize("bits_per_s", [0, -1, 100, 2_500_000, 4_000_000])
def test_speed_that_the_chip_cannot_make_is_refused(bits_per_s: int) -> None:
    with pytest.raises(ValueError, match="bit/s"):
        ftdi_divisor(bits_per_s)


def test_ftdi_is_reset_and_set_to_8n1_with_lines_raised_and_buffers_empty() -> None:
    pipe = Endpoint0()
    Ftdi(0).set_up(pipe, 115_200)
    assert [(request, value, index) for _, request, value, index, _ in pipe.seen] == [
        (0, 0, 0),
        (9, 2, 0),
        (2, 0, 0),
        (4, 8, 0),
        (3, 0x1A, 0),
        (1, 0x0303, 0),
        (0, 2, 0),
        (0, 1, 0),
    ]
    assert {kind for kind, *_ in pipe.seen} == {0x40}


def test_channels_of_an_ftdi_chip_are_numbered_in_windex_and_share_it_with_the_divisor() -> None:
    pipe = Endpoint0()
    Ftdi(2).set_speed(pipe, round(3_000_000 / 6.625))
    assert pipe.seen == [(0x40, 3, 6 | 1 << 14, 0x0102, b"")]


def test_cdc_acm_gets_its_line_coding_and_its_lines() -> None:
    pipe = Endpoint0()
    CdcAcm(4).set_up(pipe, 115_200)
    assert pipe.seen == [(0x21, 0x20, 0, 4, bytes.fromhex("00c20100000008")), (0x21, 0x22, 3, 4, b"")]


def test_each_packet_of_an_ftdi_transfer_loses_its_two_status_bytes() -> None:
    chip = Ftdi(0)
    assert chip.payload(b"\x01\x60", 64) == b""
    assert chip.payload(b"\x01\x60abc", 64) == b"abc"
    full = b"\x01\x60" + bytes(62)
    assert chip.payload(full + full + b"\x01\x60z", 64) == bytes(124) + b"z"
    assert chip.payload(full + b"\x01\x60", 64) == bytes(62)


def test_cdc_acm_adds_nothing() -> None:
    assert CdcAcm(0).payload(b"\x01\x60abc", 64) == b"\x01\x60abc"
