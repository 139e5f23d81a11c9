"""Whatever happens to a line, the import answers with a receipt or a reason."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from accounting.reconciliation.import_findings import ImportedReceipt, Rejection
from tests.unit.reconciliation.invented_receipts import Fields, codeless, consumer, imported, modern, priced, written

SAMPLES = [codeless(), consumer(), modern(), priced(64900, 41900, nds20=10817, nds10=3809)]

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([0, -1, 1, 3, 7, 64, 2**63, 10**30])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


def holders(receipt: Fields) -> list[Fields]:
    """Every object inside a receipt."""
    found: list[Any] = [receipt]
    for holder in found:
        inner = holder.values() if isinstance(holder, dict) else holder
        found += [value for value in inner if isinstance(value, dict | list)]
    return [holder for holder in found if isinstance(holder, dict)]


def assert_lawful(found: ImportedReceipt | Rejection) -> None:
    assert found.number == 1
    if isinstance(found, Rejection):
        assert found.reason
        return
    receipt = found.receipt
    assert receipt.total_kopecks == receipt.tenders.total()
    assert 0 <= sum(line.sum_kopecks for line in receipt.lines) - receipt.total_kopecks < 100
    assert {total.code for total in receipt.vat_totals} == {line.vat_code for line in receipt.lines}
    for line in receipt.lines:
        line.name.encode("cp866")


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_changed_field_gives_a_receipt_or_a_reason(sample: Fields, data: st.DataObject) -> None:
    receipt = json.loads(written(sample))
    for _ in range(data.draw(st.integers(1, 3))):
        holder = data.draw(st.sampled_from(holders(receipt)))
        if not holder:
            continue
        name = data.draw(st.sampled_from(sorted(holder)))
        if data.draw(st.booleans()):
            holder[name] = data.draw(values)
        else:
            del holder[name]
    # Half of a surrogate pair is JSON for some and an error for others; it must not end the import.
    assert_lawful(imported(json.dumps(receipt).encode()))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_changed_bytes_give_a_receipt_or_a_reason(sample: Fields, data: st.DataObject) -> None:
    line = bytearray(written(sample).rstrip())
    for _ in range(data.draw(st.integers(1, 4))):
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(33, 255))
    assert_lawful(imported(bytes(line)))


@settings(max_examples=200, deadline=None)
@given(st.binary(min_size=1, max_size=60).filter(lambda text: text.strip() and b"\n" not in text))
def test_any_bytes_give_a_reason(line: bytes) -> None:
    found = imported(line) if line.removeprefix(b"\xef\xbb\xbf").strip() else None
    assert found is None or isinstance(found, Rejection)


def test_numbers_too_long_for_anybody_give_a_reason() -> None:
    for digits in (400, 4000, 5000):
        for name in (b'"totalSum"', b'"dateTime"', b'"operationType"', b'"moonPhase"'):
            line = written(codeless()).replace(b'"receiptCode"', name + b": " + b"1" * digits + b', "receiptCode"')
            assert_lawful(imported(line.replace(b'"totalSum": 60000', b'"note": 1')))
