"""Whose rows a page shows: the merchants of its viewer, or the one that its address names."""

from typing import Any

from litestar.exceptions import NotFoundException
from litestar.response import Redirect, Response

from admin.page import page
from admin.tables.definition import Filter
from admin.viewer import Viewer


def merchant_filter(viewer: Viewer) -> tuple[Filter, ...]:
    """The condition «организация». Whoever sees but one needs no field for it, and is still told of another that his
    address names (``chosen_merchants``)."""
    choices = tuple((str(one.id), one.name) for one in viewer.merchants)
    is_shown = len(choices) > 1
    return (
        Filter(key="merchant", title="Организация", kind="choice", choices=choices, is_main=True, is_shown=is_shown),
    )


def chosen_merchants(viewer: Viewer, given: str | None) -> tuple[int | None, list[int]]:
    """The one chosen, or None and all. Raises NotFoundException for one that this viewer does not see."""
    if given is None:
        return None, [one.id for one in viewer.merchants]
    if (one := viewer.named_merchant(given)) is None:
        raise NotFoundException
    return one.id, [one.id]


def seen_merchant(viewer: Viewer, merchant_id: int) -> str:
    """The name of a merchant. Raises NotFoundException for one that this viewer does not see."""
    one = viewer.merchant(merchant_id)
    if one is None:
        raise NotFoundException
    return one.name


def choose_merchant(viewer: Viewer, path: str, title: str) -> Response[Any]:
    """Whose settings: to those of the only merchant at once; ``title`` is a msgid."""
    if len(viewer.merchants) == 1:
        return Redirect(f"{path}/{viewer.merchants[0].id}")
    return page("settings/choose.html", viewer, "settings", path=path, heading=title)
