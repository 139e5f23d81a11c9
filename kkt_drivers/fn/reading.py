"""Reading an FN's archive: documents by number, and what the registration says. FN protocol 7 (archive), 10."""

from kkt_drivers.errors import CodecError, KktRefused, KktUnavailable, Refusal
from kkt_drivers.ffd.documents import FnOwner
from kkt_drivers.ffd.tlv import Tlv, decode, find
from kkt_drivers.fn import commands
from kkt_drivers.fn.commands import Command
from kkt_drivers.fn.exchange import Exchange
from kkt_drivers.kkt import ArchivedDocument

_REGISTRATION_FD = 1
"""The first document of an FN is always a registration report."""

_MAX_DOCUMENT = 64 * 1024  # twice the longest form; beyond it the device has lost its way


async def read_archived(exchange: Exchange, fd_number: int) -> ArchivedDocument:
    """Short record (40h), then the whole document (45h, 46h) as long as the FN keeps it.

    Raises KktRefused NO_DATA for a number that the FN has not given yet.
    """
    argument = commands.document(fd_number)
    record = await exchange.ask(commands.ARCHIVED, argument)
    if record.fd_number != fd_number:
        raise KktUnavailable(f"asked for document {fd_number}, the FN answered with {record.fd_number}")
    return ArchivedDocument(
        form=record.form,
        fd_number=fd_number,
        fiscal_sign=record.fiscal_sign,
        issued_at=record.issued_at,
        confirmed=record.confirmed,
        sign=record.sign,
        total_kopecks=record.total_kopecks,
        shift_number=record.shift_number,
        tlv=await _read_tlv(exchange, argument),
    )


async def _read_tlv(exchange: Exchange, argument: bytes) -> bytes | None:
    """Records of the document without its outer head; None when only the short record is left.

    An FN that lost its power in between has forgotten what it was reading out and says "no more": less than 45h
    announced is therefore read once more. Two equal readings are believed, because sources differ on what it announces.
    """
    document: bytes | None = None
    while True:
        try:
            announced = await exchange.ask(commands.BEGIN_DOCUMENT, argument)
        except KktRefused as error:
            if error.kind is Refusal.NO_DATA:
                return None
            raise
        before, document = document, await _read_all(exchange, commands.READ_DOCUMENT)
        if len(document) >= announced.size or document == before:
            return document


async def _read_all(exchange: Exchange, command: Command[bytes]) -> bytes:
    """Records one by one until the FN has no more."""
    records: list[bytes] = []
    size = 0
    while size <= _MAX_DOCUMENT:
        try:
            record = await exchange.ask(command)
        except KktRefused as error:
            if error.kind is Refusal.NO_DATA:
                return b"".join(records)
            raise
        records.append(record)
        size += len(record) or 1  # an empty answer must not keep us here for ever
    raise KktUnavailable(f"the FN did not end a document of more than {_MAX_DOCUMENT} bytes")


async def read_requisites(exchange: Exchange, report: int | None) -> tuple[Tlv, ...]:
    """44h with FFFFh, then 47h: all requisites of a registration report. KktRefused NO_DATA when there is no such."""
    await exchange.ask(commands.BEGIN_REGISTERED, commands.registered_all(report))
    data = await _read_all(exchange, commands.READ_REGISTERED)
    try:
        return decode(data)
    except CodecError as error:
        raise KktUnavailable(f"47h: unreadable requisites: {error}") from error


async def read_owner(exchange: Exchange) -> tuple[str, FnOwner]:
    """RNM and the texts that a closing report repeats from the registration."""
    registration = await exchange.ask(commands.ARCHIVED, commands.document(_REGISTRATION_FD))
    texts = {tag: await _registered_text(exchange, tag) for tag in (1048, 1009, 1187)}
    if None in texts.values():
        texts = await _texts_of_document(exchange, texts)
    owner = FnOwner(user_name=texts[1048], address=texts[1009], place=texts[1187])
    return registration.kkt_registration_number or "", owner


async def _registered_text(exchange: Exchange, tag: int) -> str | None:
    """44h; None when the FN does not have the requisite or does not know the command."""
    try:
        records = decode(await exchange.ask(commands.REGISTERED_TAG, commands.registered_tag(tag)))
    except KktRefused as error:
        if error.kind in (Refusal.NO_DATA, Refusal.BAD_REQUEST):
            return None
        raise
    except CodecError as error:
        raise KktUnavailable(f"44h for tag {tag}: unreadable answer: {error}") from error
    return _text_of(records, tag)


async def _texts_of_document(exchange: Exchange, known: dict[int, str | None]) -> dict[int, str | None]:
    """What 44h did not give, out of the registration report itself while the FN still keeps it."""
    document = await _read_tlv(exchange, commands.document(_REGISTRATION_FD))
    if document is None:
        return known
    try:
        records = decode(document)
    except CodecError as error:
        raise KktUnavailable(f"unreadable registration report: {error}") from error
    return {tag: text or _text_of(records, tag) for tag, text in known.items()}


def _text_of(records: tuple[Tlv, ...], tag: int) -> str | None:
    record = find(records, tag)
    return None if record is None else record.text()
