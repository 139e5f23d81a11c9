"""Files are gone through some lines at a time; nothing of a line depends on where a block of them ends."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.reconciliation.incoming import reading
from accounting.reconciliation.incoming.findings import FileRefused, Finding
from accounting.reconciliation.incoming.limits import MAX_LINE_CHARS
from accounting.reconciliation.incoming.packed import BLOCK, Packed
from accounting.reconciliation.incoming.reading import best_encoding, encodings_of, lines_of, with_last
from accounting.reconciliation.incoming.received import Line, Outcome

ENDS = st.sampled_from(["\n", "\r\n", "\r", "\n\r"])
WORDS = st.text("абв=;1 \u00a0", max_size=40)


def whole(content: bytes, encoding: str) -> list[str]:
    """The same by the plain way."""
    text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    lines = re.split("\r\n|\n|\r", text)
    return lines if lines[-1] else lines[:-1]


def check_blocks(parts: list[tuple[str, str]], encoding: str, before_end: int) -> None:
    """``parts`` lie across the end of a block; ``before_end``: how many bytes of them still belong to it."""
    content = "".join(word + end for word, end in parts).encode(encoding)
    filler = b"\n".join([b"x" * 1023] * 64) + b"\n"
    cut = filler[len(content) * before_end // 100 :]
    for given_ in (cut + content, reading.BOM + cut + content if encoding == "utf-8" else content):
        assert list(lines_of(given_, encoding)) == whole(given_, encoding)


PARTS = st.lists(st.tuples(WORDS, ENDS), min_size=1, max_size=12)
ENCODINGS = st.sampled_from(["utf-8", "cp1251", "cp866"])


@settings(max_examples=60, deadline=None)
@given(PARTS, ENCODINGS, st.integers(0, 110))
def test_lines_are_the_same_wherever_blocks_end(parts: list[tuple[str, str]], encoding: str, before_end: int) -> None:
    check_blocks(parts, encoding, before_end)


@pytest.mark.proof
@settings(max_examples=20_000, deadline=None)
@given(PARTS, ENCODINGS, st.integers(0, 110))
def test_lines_are_the_same_wherever_many_blocks_end(
    parts: list[tuple[str, str]], encoding: str, before_end: int
) -> None:
    check_blocks(parts, encoding, before_end)


def test_a_line_that_is_too_long_is_named_by_its_number() -> None:
    for size in (MAX_LINE_CHARS + 1, 20 * MAX_LINE_CHARS):
        with pytest.raises(FileRefused) as refused:
            list(lines_of(b"a\nb\r\n" + b"x" * size + b"\nc", "cp1251"))
        assert (refused.value.refusal.code, refused.value.refusal.line) == (Finding.LINE_TOO_LONG, 3)
    assert len(list(lines_of(("я" * MAX_LINE_CHARS + "\n").encode() * 9, "utf-8"))) == 9


def test_an_encoding_is_judged_by_the_whole_text_not_by_its_beginning() -> None:
    plain = b"1;2;3\n" * 30_000
    assert encodings_of(plain + "я".encode("cp1251"), ("utf-8", "cp1251")) == ["cp1251"]
    assert best_encoding(plain + "лицевой счет".encode("cp866"), ("cp1251", "cp866")) == "cp866"
    assert encodings_of(plain + b"\0", ("utf-8", "cp1251", "cp866")) == []


@given(st.lists(st.integers(), max_size=5))
def test_the_last_one_is_known_as_such(given_: list[int]) -> None:
    assert [one for one, _ in with_last(given_)] == given_
    assert [last for _, last in with_last(given_)] == [False] * (len(given_) - 1) + [True] * bool(given_)


@pytest.mark.parametrize("count", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 500])
def test_packed_lines_are_what_was_packed(count: int) -> None:
    lines = [
        Line(
            number=n, outcome=Outcome.DUPLICATE, code=Finding.REPEATED_IN_FILE, value=str(n),
            paid_on=date(2026, 11, 17), accounts=("1", "2"), purpose="за октябрь",
        )
        for n in range(count)
    ]  # fmt: skip
    packed = Packed(Line, lines)
    assert (len(packed), list(packed)) == (count, lines)
    assert [one for piece in packed.pieces(700) for one in piece] == lines
    assert all(len(piece) <= 700 for piece in packed.pieces(700))
    for place in (slice(0, 10), slice(BLOCK - 2, BLOCK + 2), slice(None, None, -1), slice(-3, None)):
        assert packed[place] == lines[place]
    if count:
        assert (packed[0], packed[-1], packed[count // 2]) == (lines[0], lines[-1], lines[count // 2])
    with pytest.raises(IndexError):
        packed[count]
