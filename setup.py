"""Builds the Cython extensions: every .pyx of the packages becomes the module beside it.

FISCAL_CYTHON_DEBUG=1 gives bounds checks, line tracing and an annotated HTML page beside the source: the careful build.
The fast build keeps overflow checks: money that wraps around silently is worse than a slow kernel.
"""

import os
from pathlib import Path

from Cython.Build import cythonize
from setuptools import Extension, setup

PACKAGES = ("accounting", "kkt_drivers", "fiscal_server", "admin")

debug = os.environ.get("FISCAL_CYTHON_DEBUG") == "1"
sources = sorted(path for package in PACKAGES for path in Path(package).rglob("*.pyx"))

setup(
    ext_modules=cythonize(
        [
            Extension(
                ".".join(source.with_suffix("").parts),
                [str(source)],
                extra_compile_args=["-O0", "-g"] if debug else ["-O3"],
                define_macros=[("CYTHON_TRACE", "1")] if debug else [],
            )
            for source in sources
        ],
        annotate=debug,
        compiler_directives={
            "language_level": 3,
            "overflowcheck": True,
            "cdivision": True,
            "boundscheck": debug,
            "wraparound": False,
            "initializedcheck": debug,
            "linetrace": debug,
        },
    ),
    options={"build_ext": {"parallel": os.cpu_count()}},
)
