"""Static files of the panel: one script, one style sheet, the icon, as ``tools/bundle.py`` has made them.

They are read once and served from memory, each under a name that changes with its content.
"""

import gzip
import hashlib
from importlib.resources import files
from pathlib import PurePath
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

PATH: Final = "/static"
_HASH_DIGITS = 12
_FOREVER = "public, max-age=31536000, immutable"

_MEDIA_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class AssetsNotBuilt(Exception):
    """The package was taken from a source tree whose scripts and styles have not been bundled."""


class Asset(msgspec.Struct, frozen=True):
    """One file as it is sent."""

    content: bytes
    compressed: bytes
    """The same in gzip: these files are the same for everybody and hold no secret that lengths could betray."""
    media_type: str


class Assets(msgspec.Struct, frozen=True):
    """The files by the names they are served under; ``version`` is the hash of those names."""

    version: str
    entries: dict[str, str]
    """Under which name a source is served: `main.js` -> `main-HJIRPUJA.js`."""
    by_name: dict[str, Asset]

    def url(self, entry: str) -> str:
        """Where a page finds the file of an entry. Raises KeyError for one that there is not."""
        return f"{PATH}/{self.entries[entry]}"

    def of_today(self, name: str) -> Asset | None:
        """For a page that was open while the panel was updated: what an older name stands for now."""
        stem, suffix = PurePath(name).stem, PurePath(name).suffix
        entry = f"{stem.rpartition('-')[0]}{suffix}"
        return self.by_name[self.entries[entry]] if entry in self.entries else None


class _Record(msgspec.Struct):
    files: dict[str, str]


def load_assets() -> Assets:
    """What stands in ``admin/built``. Raises AssetsNotBuilt."""
    folder = files("admin").joinpath("built")
    try:
        entries = msgspec.json.decode(folder.joinpath("built.json").read_bytes(), type=_Record).files
    except FileNotFoundError:
        raise AssetsNotBuilt(
            "The panel's scripts and styles are not built (admin/built is missing): python tools/bundle.py"
        ) from None
    found: dict[str, Asset] = {}
    for name in entries.values():
        content = folder.joinpath(name).read_bytes()
        found[name] = Asset(content, gzip.compress(content, 9, mtime=0), _MEDIA_TYPES[PurePath(name).suffix])
    digest = hashlib.sha256("\n".join(sorted(found)).encode())
    return Assets(digest.hexdigest()[:_HASH_DIGITS], entries, found)


@get(PATH + "/{name:str}", opt={"open": True}, sync_to_thread=False)
def static_file(request: Request[Any, Any, State], state: State, name: FromPath[str]) -> Response[bytes]:
    """A page of an older version gets today's file, but may not keep it."""
    assets: Assets = state["assets"]
    asset = assets.by_name.get(name)
    cache = _FOREVER
    if asset is None:
        asset, cache = assets.of_today(name), "no-cache"
    if asset is None:
        raise NotFoundException
    headers = {"Cache-Control": cache, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.compressed, media_type=asset.media_type, headers=headers)
    return Response(asset.content, media_type=asset.media_type, headers=headers)
