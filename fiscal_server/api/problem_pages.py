"""The pages behind the ``type`` of a problem: what it means and what to do, in the reader's language."""

import re
from functools import cache
from typing import TYPE_CHECKING, Annotated, Final

from litestar import MediaType, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, HeaderParameter, QueryParameter

from accounting.receipts.wording import SOURCE_LANGUAGE, in_language, languages, translated
from fiscal_server.api.problem_kinds import KINDS, ProblemKind

if TYPE_CHECKING:
    from jinja2 import Template

_PART: Final = re.compile(r"\s*([A-Za-z*]{1,8})[-_A-Za-z0-9]*\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*\Z")

AcceptLanguage = Annotated[
    str, HeaderParameter(name="Accept-Language", max_length=1000, description="Russian unless another is asked for")
]
Language = Annotated[str, QueryParameter(max_length=8, description="before what the header asks for")]


@cache
def _template() -> "Template":
    from jinja2 import Environment, PackageLoader, StrictUndefined  # many an api process never draws a page

    loader = PackageLoader("fiscal_server.api")
    environment = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return environment.get_template("problem.html")


def language_of(asked: str) -> str:
    """The language of ours that an ``Accept-Language`` wants most; Russian when it wants none of them."""
    wanted: list[tuple[float, str]] = []
    for part in asked.split(","):
        found = _PART.match(part)
        if found and (weight := float(found[2] or 1)):
            wanted.append((weight, found[1].lower()))
    for _, name in sorted(wanted, key=lambda one: -one[0]):
        for ours in languages():
            if ours.partition("_")[0].lower() == name:
                return ours
    return SOURCE_LANGUAGE


@get("/problems", operation_id="ListProblems", tags=["problems"], media_type=MediaType.HTML, sync_to_thread=False)
def get_problems(accept_language: AcceptLanguage = "", lang: Language = "") -> Response[str]:
    """All kinds of problems that the API answers with, as a page for people."""
    return _page(list(KINDS.values()), accept_language, lang)


@get(
    "/problems/{kind:str}",
    operation_id="GetProblem",
    tags=["problems"],
    media_type=MediaType.HTML,
    sync_to_thread=False,
)
def get_problem(kind: FromPath[str], accept_language: AcceptLanguage = "", lang: Language = "") -> Response[str]:
    """What the ``type`` of a problem leads to: what it means and what to do about it."""
    found = KINDS.get(kind)
    if found is None:
        raise NotFoundException("There is no such kind of problem")
    return _page([found], accept_language, lang)


def _page(kinds: list[ProblemKind], accepted: str, asked: str) -> Response[str]:
    language = language_of(asked or accepted)
    with in_language(language):
        words = {
            "heading": translated("Что отвечает API, когда не может сделать то, о чём его просят"),
            "what_to_do": translated("Что делать"),
            "all_problems": translated("Все виды ошибок"),
        }
        rows = [(kind, translated(kind.meaning), translated(kind.advice)) for kind in kinds]
    others = [one for one in languages() if one != language]
    page = _template().render(language=language, others=others, rows=rows, words=words)
    headers = {"Content-Language": language.replace("_", "-"), "Vary": "Accept-Language"}
    return Response(page, media_type=MediaType.HTML, headers=headers)


HANDLERS = (get_problems, get_problem)
