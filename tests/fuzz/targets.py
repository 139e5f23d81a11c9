"""What a fuzzer feeds: each target takes any bytes and raises when a promise about them is broken.

The promises: foreign bytes end in a typed error or in values that give the same bytes again; the compiled and the plain
codec say the same; nothing else is ever raised. ``run.py`` drives them by coverage, ``test_fuzz.py`` from examples.
"""

import binascii
import json
from collections.abc import Callable, Iterable
from types import ModuleType

import msgspec

from kkt_drivers.emulator import container as far_end
from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd import _codec_plain, _engine, tlv
from kkt_drivers.ffd.check import check_document
from kkt_drivers.ffd.drawing import drawing_of
from kkt_drivers.ffd.envelope import Wrapping, bytes_of_text, open_envelope
from kkt_drivers.ffd.json_read import document_from_json, envelope_from_json
from kkt_drivers.ffd.json_write import document_to_json
from kkt_drivers.ffd.listing import listing
from kkt_drivers.ffd.tree import Node, decode_document, decode_nodes, encode_node, encode_nodes, form_of, version_of
from kkt_drivers.fn import commands, later_commands
from kkt_drivers.fn.frame import MAX_DATA, Frame, FrameReader, encode
from kkt_drivers.ofd import confirmation, message
from tests.fuzz.import_files import import_seeds, imports
from tests.unit.kkt_drivers import golden
from tests.unit.kkt_drivers.ffd_samples import V1_05

HEAD, CRC_AT = 30, 2


def frames(data: bytes) -> None:
    """FN frames out of a stream, in one piece and cut where the bytes themselves say; then the answers inside."""
    whole = FrameReader()
    found = whole.feed(data)
    cut, cuts = FrameReader(), sorted(byte * len(data) // 256 for byte in data[:4])
    pieces = [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]
    assert [frame for piece in pieces for frame in cut.feed(piece)] == found
    assert (cut.pending, cut.broken, cut.enquiries) == (whole.pending, whole.broken, whole.enquiries)
    for frame in found:
        assert encode(frame.code, frame.data) in data
    assert FrameReader().feed(encode(data[0] if data else 0, data[1 : MAX_DATA + 1]))


def _commands(*modules: ModuleType) -> tuple[commands.Command[object], ...]:
    return tuple(value for module in modules for value in vars(module).values() if isinstance(value, commands.Command))


COMMANDS = _commands(commands, later_commands)


def answers(data: bytes) -> None:
    """The data of an FN's answer: the first byte says to which command."""
    command = COMMANDS[data[0] % len(COMMANDS)] if data else COMMANDS[0]
    _ends_in_codec_error(lambda: command.decode(data[1:]))


def records(data: bytes) -> None:
    """A document's records: both decoders, the typed tree, and everything that is made of a tree."""
    plain = _said(lambda: _codec_plain.decode(data))
    if _engine.codec is not None:
        assert _said(lambda: _engine.codec.decode(data)) == plain  # type: ignore[union-attr]
    if not isinstance(plain, str):
        assert tlv.encode(plain) == data
    for strict in (True, False):
        try:
            nodes = decode_nodes(data, strict=strict)
        except CodecError:
            continue
        assert encode_nodes(nodes) == data
        form = 3 if not data or data[0] & 1 else (1, 2, 4, 5, 6, 7, 11, 21, 31, 41)[data[0] // 2 % 10]
        _everything_made_of(Node(form, nodes))


def _everything_made_of(tree: Node) -> None:
    try:
        again = decode_document(encode_node(tree), strict=False)
    except CodecError:
        return  # longer than a document can be
    check_document(form_of(again), version_of(again) or V1_05, again)
    drawing_of(again)
    text = json.dumps(document_to_json(again))
    assert encode_node(document_from_json(json.loads(text), strict=False)) == encode_node(again)


def containers(data: bytes) -> None:
    """Messages, containers and confirmations, as they are and with length and check code put right."""
    for attempt in (data, _put_right(data), *_confirmations(data)):
        _ends_in_codec_error(lambda given=attempt: message.decode_header(given))
        _ends_in_codec_error(lambda given=attempt: confirmation.decode_confirmation(given))
        try:
            read = message.decode_container(attempt)
            assert message.encode_container(read) == attempt
        except CodecError:
            pass
        _open(attempt)
        try:
            far_end.open_message(attempt)
        except far_end.BrokenContainer:
            pass


def _open(data: bytes) -> None:
    try:
        envelope = open_envelope(data)
        if envelope.wrapping is not Wrapping.RECORDS:
            assert envelope.document in data
        tree = decode_document(envelope.document)
    except CodecError:
        return
    assert encode_node(tree) == envelope.document
    assert list(listing(tree, envelope))
    fields = document_to_json(data)
    assert encode_node(document_from_json(fields, strict=False)) == envelope.document
    findings = check_document(form_of(tree), version_of(tree) or V1_05, tree)
    if all(finding.rule != "repeated" for finding in findings):  # a list may be a bit set or a repetition
        assert encode_node(document_from_json(fields)) == envelope.document


def _put_right(data: bytes) -> bytes:
    """A container with its own length and CRC, behind its header if it has one."""
    if data.startswith(message.SIGNATURE) and len(data) > HEAD + 4:
        body = _put_right(data[HEAD:])
        return data[:24] + len(body).to_bytes(2, "little") + data[26:HEAD] + body
    if not 4 <= len(data) <= message.MAX_CONTAINER:
        return data
    size = len(data).to_bytes(2, "little")
    crc = binascii.crc_hqx(data[4:], binascii.crc_hqx(size, 0xFFFF))
    return size + crc.to_bytes(2, "little") + data[4:]


def _confirmations(data: bytes) -> Iterable[bytes]:
    """The bytes as the inside of a confirmation."""
    if len(data) > message.SIGN_SIZE and len(data) < 1024:
        inside = tlv.encode_tlv(7, data[message.SIGN_SIZE :])
        yield message.encode_container(
            message.Container(
                form=message.DocumentForm.OPERATOR_CONFIRMATION,
                fn_number="9999078900005488",
                fd_number=1,
                body=inside + data[: message.SIGN_SIZE],
                document_size=len(inside),
            )
        )


def texts(data: bytes) -> None:
    """What people hand to the command line: hex, base64, and the JSON of any service."""
    text = data.decode("utf-8", "replace")
    _ends_in_codec_error(lambda: bytes_of_text(text))
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError):
        return
    if not isinstance(fields, dict):
        return
    _ends_in_codec_error(lambda: envelope_from_json(fields))
    for strict in (True, False):
        try:
            tree = document_from_json(fields, strict=strict)
        except CodecError:
            continue
        assert decode_document(encode_node(tree), strict=False).tag == tree.tag


def far_ends(data: bytes) -> None:
    """An emulated FN: commands of any content, each answered by one whole frame or by silence."""
    fn = EmulatedFn(FnParameters(number="9999000000000001", capacity_documents=8, message_area_kib=1))
    line, reader = FnLine(fn), FrameReader()
    while data:
        code, size = data[0], data[1] if len(data) > 1 else 0
        for delivery in line.receive(encode(code, data[2 : 2 + size])):
            assert len(reader.feed(delivery.data)) == 1
        data = data[2 + size :]
    assert not reader.broken
    assert not reader.pending


def _said(work: Callable[[], tuple[tlv.Tlv, ...]]) -> tuple[tlv.Tlv, ...] | str:
    try:
        return work()
    except CodecError as error:
        return f"{error.rule} {error.offset} {error.tag}"


def _ends_in_codec_error(work: Callable[[], object]) -> None:
    try:
        work()
    except CodecError:
        pass


TARGETS: dict[str, Callable[[bytes], None]] = {
    "frames": frames,
    "answers": answers,
    "records": records,
    "containers": containers,
    "texts": texts,
    "far_ends": far_ends,
    "imports": imports,
}


def seeds(target: str) -> list[bytes]:
    """Golden data to begin with: a fuzzer left to itself needs long to guess a document."""
    documents = [golden.document(name) for name in golden.EVERYTHING]
    match target:
        case "frames":
            return [*golden.table("fn_frames").values()]
        case "answers":
            stored = golden.table("fn_archive_records").values()
            read = [frame for data in golden.table("fn_frames").values() for frame in FrameReader().feed(data)]
            return [bytes((index,)) + data for index in range(len(COMMANDS)) for data in stored] + [
                bytes((index,)) + frame.data for index in range(len(COMMANDS)) for frame in read if frame.data
            ]
        case "records":
            return [open_envelope(document).document[4:] for document in documents] + documents
        case "texts":
            published = [golden.published_json(name)["document"] for name in golden.JSON_RECEIPTS]
            written = [document_to_json(document) for document in documents]
            return [msgspec.json.encode(fields) for fields in [*published, *written]] + [documents[0].hex().encode()]
        case "far_ends":
            return [_conversation()]
        case "imports":
            return list(import_seeds())
        case _:
            return documents


def _conversation() -> bytes:
    """A registration of FFD 1.05, a shift, a receipt, a message, an archive: as ``far_ends`` reads it."""
    at = bytes((26, 1, 15, 12, 30))
    registration = at + b"7702203276  " + b"0000000005008570    " + b"\x01\x20"
    serial = tlv.encode_tlv(1013, b"000000000002")
    said = [
        (0x02, b"\x00"), (0x07, serial), (0x03, registration), (0x11, at), (0x12, b""), (0x15, at),
        (0x07, tlv.byte_tlv(1055, 1)), (0x16, at + b"\x01" + (21000).to_bytes(5, "little")), (0x20, b""),
        (0x21, b"\x01"), (0x22, b""), (0x23, b"\x00\x00\x00\x04"), (0x25, b""), (0x40, b"\x03\x00\x00\x00"),
        (0x45, b"\x03\x00\x00\x00"), (0x46, b""), (0x13, at), (0x14, b""), (0x18, at), (0x19, b""), (0x30, b""),
    ]  # fmt: skip
    return b"".join(bytes((code, len(data))) + data for code, data in said)


__all__ = ["TARGETS", "Frame", "seeds"]
