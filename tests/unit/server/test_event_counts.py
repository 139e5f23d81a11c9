"""A body of tiny elements is counted before each of them becomes an object fifty times its size."""

import tracemalloc

import msgspec
import pytest

from fiscal_server.intake.batch import MAX_EVENTS, BatchRejected, decode_batch
from fiscal_server.intake.event_counts import has_more
from fiscal_server.intake.forms import BodyForm

JSON, LINES, PACKED = BodyForm.JSON, BodyForm.LINES, BodyForm.MESSAGE_PACK
TINY = 1_200_000
BODIES = {
    "objects": (b'{"events":[' + b"{}," * TINY + b"{}]}", JSON),
    "objects behind accounts": (b'{"accounts":[],"events":[' + b'{"a":[{},{}]},' * TINY + b"{}]}", JSON),
    "lines": (b"1\n" * TINY, LINES),
    "lines between empty ones": (b" \n\n{}\n" * (TINY // 4), LINES),
    "packed": (b"\x81\xa6events\xdd" + TINY.to_bytes(4) + b"\x80" * TINY, PACKED),
}


ACCOUNTS = {
    "accounts": (b'{"accounts":[' + b"{}," * TINY + b'{}],"events":[]}', JSON),
    "accounts in the first line": (b'{"accounts":[' + b'{"id":"x"},' * TINY + b"{}]}\n", LINES),
    "accounts packed": (b"\x82\xa6events\x90\xa8accounts\xdd" + TINY.to_bytes(4) + b"\x80" * TINY, PACKED),
}


@pytest.mark.parametrize("name", [*BODIES, *ACCOUNTS])
def test_too_many_tiny_elements_are_refused_before_they_take_memory(name: str) -> None:
    body, form = {**BODIES, **ACCOUNTS}[name]
    tracemalloc.start()
    with pytest.raises(BatchRejected) as caught:
        decode_batch(body, form)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.problems[0].code == ("too_many_accounts" if name in ACCOUNTS else "too_many_events")
    assert peak < 24 * 1024 * 1024  # the pointers of a list, at the most


def test_numbers_in_the_place_of_events_are_refused_as_what_they_are() -> None:
    with pytest.raises(BatchRejected) as caught:
        decode_batch(b'{"events":[' + b"1," * TINY + b"1]}", JSON)
    [problem] = caught.value.problems
    assert (problem.field, problem.reason) == ("events[0]", "Expected `object`, got `int`")


@pytest.mark.parametrize("more", [0, 1])
def test_the_count_is_exact(more: int) -> None:
    wordy = b'{"type":"nothing","a":[' + b"1," * 12 + b'"x,y"]}'
    rows = [wordy] * (MAX_EVENTS + more)
    for name, other in (("events", "accounts"), ("accounts", "events")):
        told = name if more else None
        body = f'{{"{name}":['.encode() + b",".join(rows) + b"]}"
        assert has_more(body, JSON, MAX_EVENTS) == told
        packed = msgspec.msgpack.encode({other: [], name: [None] * (MAX_EVENTS + more)})
        assert has_more(packed, PACKED, MAX_EVENTS) == told
        lines = body + b'\n{"type":"payment"}\n' if name == "accounts" else b"\n\n".join([b"{}", *rows])
        assert has_more(lines, LINES, MAX_EVENTS) == told


def test_accounts_of_few_words_are_counted_too() -> None:
    accounts = [{"id": str(n)} for n in range(MAX_EVENTS + 1)]
    with pytest.raises(BatchRejected) as caught:
        decode_batch(msgspec.json.encode({"events": [], "accounts": accounts}), JSON)
    assert [(one.code, one.field) for one in caught.value.problems] == [("too_many_accounts", "accounts")]
