"""Documents that an emulated FN forms of what our builders pass are those of the tables: read back and judged whole."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from accounting.receipts.codes import DocumentForm, FfdVersion
from accounting.receipts.model import Correction
from kkt_drivers.ffd.check import check_document
from kkt_drivers.ffd.envelope import Wrapping, open_envelope
from kkt_drivers.ffd.findings import Severity
from kkt_drivers.ffd.json_read import document_from_json
from kkt_drivers.ffd.json_write import document_to_json
from kkt_drivers.ffd.tree import Node, decode_document, decode_nodes, encode_node
from tests.unit.emulator.fn_stand import Stand, order, registration


@pytest.fixture(params=[FfdVersion.FFD_1_05, FfdVersion.FFD_1_2], ids=["ffd1.05", "ffd1.2"])
async def stand(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stand]:
    stand = Stand("pipe", FfdVersion(request.param), tmp_path)
    yield stand
    await stand.stop()


async def test_every_document_of_an_fns_life_is_correct(stand: Stand) -> None:
    kkt = await stand.start()
    operator = await stand.operator()
    await kkt.register(registration(stand.ffd), stand.at)
    await kkt.open_shift(stand.at, "Сервер")
    await kkt.register_receipt(order("r1"), stand.at)
    correction = Correction(kind=1, settled_on=datetime(2026, 1, 30, tzinfo=UTC).date(), order_number="15-04/12")
    await kkt.register_receipt(order("c1", correction=correction), stand.at)
    own = Correction(kind=0, settled_on=correction.settled_on)
    await kkt.register_receipt(order("c2", correction=own), stand.at)
    stand.at += timedelta(minutes=7)
    await kkt.close_shift(stand.at, "Сервер")
    await kkt.report_settlements(stand.at)
    messages = []
    for _ in range(7):
        messages.append(await kkt.read_ofd_message())
        await stand.send_one(operator)
    await kkt.close_fn(stand.at, "Сервер")
    archive = stand.archive()
    assert len(archive) == 8
    for entry in archive:
        form = DocumentForm(entry.form)
        tree = Node(int(form), decode_nodes(entry.tlv))
        errors = [finding for finding in check_document(form, stand.ffd, tree) if finding.severity is not Severity.NOTE]
        assert errors == []
        assert document_from_json(document_to_json(tree)) == tree
    for entry, message in zip(archive, messages, strict=False):
        envelope = open_envelope(message)
        assert envelope.wrapping is Wrapping.CONTAINER
        assert decode_document(envelope.document).tag == entry.form
        assert encode_node(decode_document(envelope.document)) == envelope.document
