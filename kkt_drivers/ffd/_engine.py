"""Picks the codec of the hot path: the compiled one when it was built, plain Python otherwise or when FISCAL_PURE=1.

The environment is read once, at import: one process reads and writes in one way.
"""

import os
from types import ModuleType

codec: ModuleType | None = None
if os.environ.get("FISCAL_PURE") != "1":
    try:
        from kkt_drivers.ffd import _codec as codec  # type: ignore[no-redef,attr-defined,unused-ignore]
    except ImportError:  # not built: the plain form reads and writes the same, only slower
        codec = None
