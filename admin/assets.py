"""Static files of the panel: read once, served from memory under an address that changes with their content.

All share one hash, so modules and style sheets may name each other by relative paths.
"""

import hashlib
from importlib.resources import files
from pathlib import PurePath
from typing import Final

import msgspec
from litestar import Response, get
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


class Asset(msgspec.Struct, frozen=True):
    """One file as it is sent."""

    content: bytes
    media_type: str


class Assets(msgspec.Struct, frozen=True):
    """The files by name; ``version`` is the hash of all of them."""

    version: str
    by_name: dict[str, Asset]

    def url(self, name: str) -> str:
        """Where a page finds a file. Raises KeyError for one that is not there."""
        assert self.by_name[name].content, f"{name} is empty"
        return f"{PATH}/{self.version}/{name}"


def load_assets() -> Assets:
    """What is packaged in ``admin/static``."""
    found: dict[str, Asset] = {}
    digest = hashlib.sha256()
    for entry in sorted(files("admin").joinpath("static").iterdir(), key=lambda entry: entry.name):
        content = entry.read_bytes()
        found[entry.name] = Asset(content, _MEDIA_TYPES[PurePath(entry.name).suffix])
        digest.update(f"{entry.name}\0{len(content)}\0".encode() + content)
    return Assets(digest.hexdigest()[:_HASH_DIGITS], found)


@get(PATH + "/{version:str}/{name:str}", opt={"open": True}, sync_to_thread=False)
def static_file(state: State, version: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """A page of an older version gets today's file, but may not keep it."""
    assets: Assets = state["assets"]
    asset = assets.by_name.get(name)
    if asset is None:
        raise NotFoundException
    cache = _FOREVER if version == assets.version else "no-cache"
    return Response(asset.content, media_type=asset.media_type, headers={"Cache-Control": cache})
