"""Picks the arithmetic: the compiled kernel when it was built, plain Python otherwise or when FISCAL_PURE=1.

Two things are called kernel. This one, ``_kernel.pyx``, splits sums and works out taxes for both engines; the bulk
computation of ``bulk`` is the engine of that name. They are built together: whoever has one has the other.

The environment is read once, at import: one process computes in one way.
"""

import os
from types import ModuleType

kernel: ModuleType | None = None
if os.environ.get("FISCAL_PURE") != "1":
    try:
        from accounting.receipts import _kernel as kernel  # type: ignore[no-redef, attr-defined, unused-ignore]
    except ImportError:  # not built: the plain form computes the same, only slower
        kernel = None
