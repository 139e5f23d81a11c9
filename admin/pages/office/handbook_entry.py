"""What one handbook says of one client: the text, its versions, its files."""

from collections.abc import Sequence
from datetime import date
from difflib import unified_diff
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import FormMultiDict, State, UploadFile
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect, Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.office.forms import FormRefused, choice_of, day_of, is_ticked, text_of
from admin.office.looking import change, look, moments, today
from admin.office.rich_text import LONGEST, render
from admin.office.sent_forms import take_form
from admin.page import Crumb, page
from admin.pages.office.handbooks import author_of
from admin.permissions import Action
from admin.recording import record
from admin.storage.office import handbooks, organisations
from admin.storage.office.handbooks import Handbook, NewEntry, Place
from admin.storage.office.organisations import Organisation
from admin.texts import say
from admin.uploads.looks import shown_name
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import ReadConnection, WriteConnection

MAX_BYTES: Final = 8 * 1024 * 1024
"""Of a file: what a form of the panel may hold."""
VERSIONS_SHOWN: Final = 20
_ENTRY: Final = "/clients/{client_id:int}/handbooks/{number:int}"

_Request = Request[Any, Any, State]


class Change(msgspec.Struct, frozen=True):
    """A line of the difference between two versions: «+», «-» or a blank before it."""

    sign: str
    text: str


def difference(before: str, after: str) -> list[Change]:
    """What a version changed, with a line around it."""
    lines = list(unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1))[2:]
    return [Change(line[:1], line[1:]) for line in lines if not line.startswith("@@")]


class WithText(Protocol):
    """A version of something written."""

    @property
    def text(self) -> str:
        """All of it."""


_Version = TypeVar("_Version", bound=WithText)


def differences(versions: Sequence[_Version]) -> list[tuple[_Version, list[Change]]]:
    """Each version, newest first, with what it changed."""
    texts = [*(one.text for one in versions[1:]), ""][: len(versions)]
    return [(one, difference(before, one.text)) for one, before in zip(versions, texts, strict=True)]


async def _both(db: ReadConnection | WriteConnection, place: Place) -> tuple[Organisation, Handbook]:
    client = await organisations.organisation_by_id(db, place.organisation_id)
    handbook = await handbooks.handbook_by_id(db, place.handbook_id)
    if client is None or handbook is None:
        raise NotFoundException
    return client, handbook


async def _show(
    state: State,
    viewer: Viewer,
    place: Place,
    *,
    error: str | None = None,
    form: FormMultiDict | None = None,
    status: int = 422,
) -> Template:
    async with look(state, viewer) as db:
        client, handbook = await _both(db, place)
        versions = await handbooks.versions_of(db, place, VERSIONS_SHOWN)
        files = await handbooks.files_of(db, place)
    newest = versions[0] if versions else None
    written = str(form.get("text", "")) if form else newest.text if newest and newest.text else handbook.outline
    crumbs = [Crumb("Клиенты", "/clients"), Crumb(client.short_name, f"/clients/{client.id}")]
    return page(
        "office/handbook_entry.html", viewer, "clients", crumbs=crumbs, status=status if error else 200, client=client,
        handbook=handbook, newest=newest, shown=render(newest.text) if newest else None, versions=differences(versions),
        files=files, written=written, looked_at=render(written) if form and not error else None, longest=LONGEST,
        at=moments(state), today=today(state), error=error, form=form,
        path=f"/clients/{client.id}/handbooks/{handbook.id}",
    )  # fmt: skip


@get(_ENTRY, opt=doing(Action.SEE_CLIENTS))
async def entry(
    state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int], number: FromPath[int]
) -> Template:
    """The text as it is read, and the form that writes it."""
    return await _show(state, viewer, Place(number, client_id))


@post(_ENTRY, opt=doing(Action.WORK_ON_CASES))
async def write(
    request: _Request, state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int], number: FromPath[int]
) -> Response[Any]:
    """Another version, if nobody wrote one meanwhile; ``look`` shows what it would be."""
    panel: PanelDatabase = state["panel"]
    place, form = Place(number, client_id), await request.form()
    try:
        new = _read(form)
        if form.get("do") and choice_of(form, "do", dict.fromkeys(("look", "save"))) == "look":
            return await _show(state, viewer, place, form=form)
        version, read = await panel.new_id(), str(form.get("read", "0"))
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, f"/clients/{client_id}/handbooks/{number}")
            client, handbook = await _both(db, place)
            since = int(read) if read.isascii() and read.isdecimal() and len(read) < 19 else 0
            if not await handbooks.write_entry(db, version, place, new, author_of(state, viewer), since):
                raise FormRefused(say("Пока вы писали, запись изменил кто-то ещё. Сравните и сохраните ещё раз."))
            on = f"{client.short_name}: {handbook.name}"
            await record(db, state, viewer, "handbook.written", on, after={"letters": len(new.text)})
    except FormRefused as refused:
        return await _show(state, viewer, place, error=str(refused), form=form)
    return Redirect(f"/clients/{client_id}/handbooks/{number}", status_code=303)


def _read(form: FormMultiDict) -> NewEntry:
    review_by: date | None = day_of(form, "review_by") if form.get("review_by") else None
    text = text_of(form, "text", LONGEST).replace("\r\n", "\n")
    return NewEntry(text=text, review_by=review_by if text else None, pinned=is_ticked(form, "pinned"))


@post(f"{_ENTRY}/files", opt=doing(Action.WORK_ON_CASES))
async def add_file(
    request: _Request, state: State, viewer: NamedDependency[Viewer], client_id: FromPath[int], number: FromPath[int]
) -> Response[Any]:
    """A file beside the text, kept as it is and only ever handed out as a file."""
    panel: PanelDatabase = state["panel"]
    place, form = Place(number, client_id), await request.form()
    file = form.get("file")
    try:
        if not isinstance(file, UploadFile) or not file.filename:
            raise FormRefused(say("Выберите файл."))
        content = await file.read()
        if not 0 < len(content) <= MAX_BYTES:
            raise FormRefused(say("Файл пустой или больше 8 МиБ."))
        name, file_id = shown_name(file.filename), await panel.new_id()
        async with change(state, viewer) as db:
            await take_form(db, state, viewer, request, f"/clients/{client_id}/handbooks/{number}#files")
            client, handbook = await _both(db, place)
            await handbooks.add_file(db, file_id, place, name, content, author_of(state, viewer))
            on = f"{client.short_name}: {handbook.name}"
            await record(db, state, viewer, "handbook.file_added", on, after={"file": name, "size": len(content)})
    except FormRefused as refused:
        return await _show(state, viewer, place, error=str(refused))
    return Redirect(f"/clients/{client_id}/handbooks/{number}#files", status_code=303)


@get(f"{_ENTRY}/files/{{file_id:int}}", opt=doing(Action.SEE_CLIENTS))
async def hand_out(
    state: State,
    viewer: NamedDependency[Viewer],
    client_id: FromPath[int],
    number: FromPath[int],
    file_id: FromPath[int],
) -> Response[bytes]:
    """Never shown by the browser: whatever it is, it would have the panel's own rights there."""
    viewer.forbid_files_in_emergency()
    async with look(state, viewer) as db:
        found = await handbooks.file_content(db, Place(number, client_id), file_id)
    if found is None:
        raise NotFoundException
    name, content = found
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="application/octet-stream", headers=headers)


@post(f"{_ENTRY}/files/{{file_id:int}}/remove", opt=doing(Action.WORK_ON_CASES))
async def remove_file(
    state: State,
    viewer: NamedDependency[Viewer],
    client_id: FromPath[int],
    number: FromPath[int],
    file_id: FromPath[int],
) -> Response[Any]:
    """It is shown no longer; the journal keeps its name."""
    clock: Clock = state["clock"]
    place = Place(number, client_id)
    async with change(state, viewer) as db:
        client, handbook = await _both(db, place)
        name = await handbooks.remove_file(db, place, file_id, clock.now())
        if name is not None:
            on = f"{client.short_name}: {handbook.name}"
            await record(db, state, viewer, "handbook.file_removed", on, before={"file": name})
    return Redirect(f"/clients/{client_id}/handbooks/{number}#files", status_code=303)


HANDLERS: Final = (entry, write, add_file, hand_out, remove_file)
