"""``fiscal-server ffd``: look into fiscal documents, put them together, draw them, judge them by the tables.

Exit codes: 0 done; 1 ``check`` found errors; 2 the input cannot be read (one line on stderr says where and why).
"""

import base64
import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.check import check_document
from kkt_drivers.ffd.envelope import Envelope, Wrapping, bytes_of_text, open_envelope, raw_data
from kkt_drivers.ffd.findings import Finding, Severity
from kkt_drivers.ffd.forms import VERSION_NAMES
from kkt_drivers.ffd.json_read import document_from_json, envelope_from_json
from kkt_drivers.ffd.json_write import document_to_json
from kkt_drivers.ffd.listing import listing
from kkt_drivers.ffd.tree import Node, decode_document, decode_nodes, encode_node, form_of, version_of

FOUND_ERRORS = 1
UNREADABLE = 2

app = typer.Typer(no_args_is_help=True, help="Fiscal documents: decode, encode, draw, check.")


class Text(StrEnum):
    """How ``encode`` writes bytes."""

    HEX = "hex"
    BASE64 = "base64"
    RAW = "raw"


_VERSIONS = {name: version for version, name in VERSION_NAMES.items()}
_SEVERITIES = {
    Severity.ERROR: ("ошибка", typer.colors.RED),
    Severity.WARNING: ("сомнение", typer.colors.YELLOW),
    Severity.NOTE: ("заметка", typer.colors.CYAN),
}

Source = Annotated[
    str, typer.Argument(metavar="FILE|HEX|-", help="file, hex or base64 text, or - for stdin; TLV, container or JSON")
]
FormOption = Annotated[
    int | None, typer.Option("--form", help="form code of records that come without the document's head: 3, 31...")
]


@app.command()
def decode(
    source: Source,
    as_json: Annotated[bool, typer.Option("--json", help="as the tax service writes it")] = False,
    lenient: Annotated[bool, typer.Option("--lenient", help="keep as bytes what breaks the tag table")] = False,
    form: FormOption = None,
) -> None:
    """Show what a document holds."""
    envelope, document = _document(source, form, lenient=lenient)
    if as_json:
        whole = raw_data(envelope.document, envelope.sign, envelope.head)
        fields = document_to_json(document if envelope.wrapping is Wrapping.RECORDS or lenient else whole)
        typer.echo(json.dumps(fields, ensure_ascii=False, indent=2))
        return
    for line in listing(document, envelope):
        typer.echo(line)


@app.command()
def encode(
    source: Source,
    out: Annotated[Path | None, typer.Option("--out", help="write here; without it to stdout")] = None,
    text: Annotated[Text, typer.Option("--as", help="how to write the bytes")] = Text.HEX,
) -> None:
    """Put a document together from its JSON."""
    _, document = _document(source, None, lenient=False)
    data = encode_node(document)
    if text is Text.HEX:
        data = data.hex().upper().encode() + b"\n"
    elif text is Text.BASE64:
        data = base64.b64encode(data) + b"\n"
    _write(data, out)


@app.command()
def draw(
    source: Source,
    out: Annotated[Path | None, typer.Option("--out", help="x.pdf or x.html; without it HTML to stdout")] = None,
    form: FormOption = None,
) -> None:
    """Draw a document as its buyer gets it."""
    _, document = _document(source, form, lenient=False)
    if out is not None and out.suffix.lower() == ".pdf":
        from kkt_drivers.ffd.draw_pdf import draw_pdf  # the renderer is large: only for who asks for it

        _write(draw_pdf(document), out)
    elif out is None or out.suffix.lower() in (".html", ".htm"):
        from kkt_drivers.ffd.draw_html import draw_html

        _write(draw_html(document).encode(), out)
    else:
        _fail(f"a drawing is .pdf or .html, not {out.name}")


@app.command()
def check(
    source: Source,
    version: Annotated[
        str | None, typer.Option("--version", help="1.05, 1.1 or 1.2 when the document has none")
    ] = None,
    form: FormOption = None,
) -> None:
    """Say what is wrong with a document by the tables; exit code 1 when there are errors."""
    _, document = _document(source, form, lenient=False)
    if version is not None and version not in _VERSIONS:
        _fail(f"there is no FFD {version}: {', '.join(_VERSIONS)}")
    ffd = _VERSIONS.get(version or "") or version_of(document)
    if ffd is None:
        ffd = FfdVersion.FFD_1_05
        if form_of(document) is not DocumentForm.OPERATOR_CONFIRMATION:
            typer.echo("В документе нет версии ФФД (1209): проверен по таблицам 1.05.", err=True)
    findings = check_document(form_of(document), ffd, document)
    for finding in findings:
        typer.echo(_finding(finding))
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    typer.echo(f"Проверен по ФФД {VERSION_NAMES[ffd]}: ошибок {errors}, остального {len(findings) - errors}.")
    if errors:
        raise typer.Exit(FOUND_ERRORS)


def _finding(finding: Finding) -> str:
    word, colour = _SEVERITIES[finding.severity]
    source = f"{finding.source}; {finding.certainty}" if finding.certainty else finding.source
    head = typer.style(f"{word:9}", fg=colour, bold=True)
    return f"{head}{finding.where}: {finding.text}\n         → {finding.advice} [{source}]"


def _document(source: str, form: int | None, *, lenient: bool) -> tuple[Envelope, Node]:
    """The input read; ends the program with one line when it cannot be."""
    try:
        return _read(_bytes(source), form, lenient=lenient)
    except CodecError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{source}: {error.strerror or error}")


def _read(data: bytes, form: int | None, *, lenient: bool) -> tuple[Envelope, Node]:
    if data.lstrip().startswith(b"{"):
        return _read_json(data, lenient=lenient)
    envelope = open_envelope(data)
    if envelope.wrapping is Wrapping.RECORDS or form is not None:
        if form is None or form not in set(DocumentForm):
            raise CodecError("records without the head of a document: name its form with --form", offset=0)
        return envelope, Node(form, decode_nodes(data, strict=not lenient))
    return envelope, decode_document(envelope.document, strict=not lenient)


def _read_json(data: bytes, *, lenient: bool) -> tuple[Envelope, Node]:
    try:
        fields = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CodecError(f"not JSON: {error}") from None
    if isinstance(fields, dict) and isinstance(fields.get("document"), dict):
        fields = fields["document"]  # services for buyers put it one level deeper
    if not isinstance(fields, dict):
        raise CodecError("the JSON of a document is an object")
    document = document_from_json(fields, strict=not lenient)
    wrapped = envelope_from_json(fields)
    return wrapped or Envelope(Wrapping.DOCUMENT, encode_node(document)), document


def _bytes(source: str) -> bytes:
    """Bytes of a file, of stdin, or of text given itself; text of hex or base64 becomes what it means."""
    if source == "-":
        data = sys.stdin.buffer.read()
    elif len(source) < 256 and Path(source).is_file():
        data = Path(source).read_bytes()
    else:
        data = source.encode()
        if len(data) < 8 or "." in source:
            raise CodecError(f"no such file, and too short or odd for a document: {source!r}")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return data
    # A document begins with small numbers, so it is never plain text.
    if text.lstrip().startswith("{") or not all(letter.isprintable() or letter in "\r\n\t" for letter in text):
        return data
    return bytes_of_text(text)


def _write(data: bytes, out: Path | None) -> None:
    if out is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        out.write_bytes(data)
    except OSError as error:
        _fail(f"{out}: {error.strerror or error}")


def _fail(message: str) -> NoReturn:
    typer.echo(f"ffd: {message}", err=True)
    raise typer.Exit(UNREADABLE)
