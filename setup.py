"""Builds the one Cython extension.

FISCAL_CYTHON_DEBUG=1 gives bounds checks, line tracing and an annotated HTML page beside the source: the careful build.
The fast build keeps overflow checks: money that wraps around silently is worse than a slow kernel.
"""

import os

from Cython.Build import cythonize
from setuptools import Extension, setup

debug = os.environ.get("FISCAL_CYTHON_DEBUG") == "1"

setup(
    ext_modules=cythonize(
        [
            Extension(
                "accounting.receipts._kernel",
                ["accounting/receipts/_kernel.pyx"],
                extra_compile_args=["-O0", "-g"] if debug else ["-O3"],
                define_macros=[("CYTHON_TRACE", "1")] if debug else [],
            )
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
    )
)
