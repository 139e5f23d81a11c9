"""The two forms in which the emulated FN looks at the lengths of what it is handed: compiled and plain."""

import os
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kkt_drivers.emulator import requisites
from kkt_drivers.emulator.answers import Refused
from kkt_drivers.emulator.requisites import STRUCTURES, requisite, split_checked, split_checked_plain

TAGS = st.sampled_from([*sorted(STRUCTURES)[:4], 1008, 1030, 0, 0xFFFF])


def nested(inside: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Some TLVs one behind the other, around ``inside``."""
    return st.lists(st.builds(requisite, TAGS, inside), max_size=4).map(b"".join)


DOCUMENTS = st.recursive(st.binary(max_size=6), nested, max_leaves=12)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A document of which two bytes in a row, perhaps a length, are others, or the end is missing."""
    data = draw(nested(DOCUMENTS))
    place = draw(st.integers(0, max(0, len(data) - 2)))
    length = struct.pack("<H", draw(st.integers(0, 40) | st.just(0xFFFF)))
    return draw(st.sampled_from([data, data[:place], data[:place] + length + data[place + 2 :]]))


def outcome(walk: object, data: bytes) -> object:
    """What it found, or that it refused."""
    assert callable(walk)
    try:
        return walk(data)
    except Refused as refused:
        return refused.code


@given(damaged() | st.binary(max_size=40))
def test_both_forms_find_the_same_and_refuse_the_same(data: bytes) -> None:
    assert outcome(split_checked, data) == outcome(split_checked_plain, data)


@pytest.mark.parametrize("innermost", [b"", b"\x04"])
def test_both_forms_bear_data_that_is_nested_as_deep_as_lengths_allow(innermost: bytes) -> None:
    data = innermost
    while len(data) + 4 <= 0xFFFF:
        data = requisite(1059, data)
    assert outcome(split_checked, data) == outcome(split_checked_plain, data)


@pytest.mark.skipif(os.environ.get("FISCAL_PURE") == "1", reason="the plain form was asked for")
def test_the_compiled_form_is_the_one_in_use() -> None:
    assert requisites._walker is not None  # else the two forms above are one
