"""Descriptions of payment registers: those of the package, and those that an installation adds in a folder."""

from pathlib import Path

from accounting.reconciliation.incoming.adapter import Adapter, AdapterError, packaged_adapters, parse_adapter


def load_adapters(folder: Path | None) -> dict[str, Adapter]:
    """All by their ids; a file of the folder takes the place of one of the package. Raises AdapterError."""
    found = dict(packaged_adapters())
    if folder is None:
        return found
    if not folder.is_dir():
        raise AdapterError(f"FISCAL_IMPORT_ADAPTERS: {folder} is no folder")
    for path in sorted(folder.glob("*.toml")):
        adapter = read_adapter(path)
        found[adapter.id] = adapter
    return found


def read_adapter(path: Path) -> Adapter:
    """One file. Raises AdapterError."""
    try:
        return parse_adapter(path.read_bytes(), str(path))
    except OSError as error:
        raise AdapterError(f"{path}: {error.strerror}") from error
