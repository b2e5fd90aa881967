"""The packs that come with the product, one folder each in `learning/packs/`."""

from pathlib import Path

FOLDER = Path(__file__).parent / "packs"


def names() -> list[str]:
    return sorted(path.parent.name for path in FOLDER.glob("*/pack.toml"))


def files_of(name: str) -> dict[str, bytes]:
    """Return {path below the pack's folder: bytes}, as `learning.pack.read` takes them."""
    folder = FOLDER / name
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
