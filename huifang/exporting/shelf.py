"""Keeps the files of exports: in one folder, whole or not at all."""

import hashlib
import os
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from huifang.exporting.model import Export, Format

_PART = ".part"  # what a folder ends in where a file is being made
_READ = 1 << 20
_PRIVATE, _OWN = 0o700, 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """The folder, which all replicas share; nothing is made before it is wanted.

    Its methods wait for the disk: call them in a thread.
    """

    folder: Path

    def path(self, export: str, format_: Format) -> Path:
        """Where the file of an export stands."""
        return self.folder / f"{export}.{format_}"

    def desk(self, export: str, lease: str) -> Path:
        """An empty folder to make a file in; what earlier tries left of it is gone."""
        self.folder.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        self.clear(export)
        desk = self.folder / f"{export}.{lease}{_PART}"
        desk.mkdir(mode=_PRIVATE)
        return desk

    def clear(self, export: str) -> None:
        """Take away whatever is half made of an export."""
        for desk in self.folder.glob(f"{export}.*{_PART}"):
            shutil.rmtree(desk, ignore_errors=True)

    def drop(self, export: str, lease: str) -> None:
        """Take away what one try left."""
        shutil.rmtree(self.folder / f"{export}.{lease}{_PART}", ignore_errors=True)

    def put(self, made: Path, export: str, format_: Format) -> None:
        """Have a whole file, which was sealed, stand in its place, after a power cut too."""
        made.replace(self.path(export, format_))
        _flush(self.folder)

    def holds(self, found: Export) -> bool:
        """Whether the file of an export is there, as long as it was made."""
        try:
            size = self.path(found.id, found.order.format).stat().st_size
        except OSError:
            return False
        return found.made is not None and size == found.made.bytes

    def remove(self, exports: Collection[str]) -> None:
        """Take files away, whole or half made; without a fault where there are none."""
        for export in exports:
            self.clear(export)
            for format_ in Format:
                self.path(export, format_).unlink(missing_ok=True)

    def sweep(self, before: datetime) -> None:
        """Take away what was left half made before an instant."""
        if not self.folder.is_dir():
            return
        for desk in self.folder.glob(f"*{_PART}"):
            try:
                old = desk.stat().st_mtime < before.timestamp()
            except OSError:
                continue  # somebody else took it away
            if old:
                shutil.rmtree(desk, ignore_errors=True)


def refusal(folder: Path) -> str | None:
    """Why no file could be put into a folder, be it there yet or not; None where one could."""
    whole = folder.absolute()
    there = next(each for each in (whole, *whole.parents) if each.exists())
    if not there.is_dir():
        return f"{there} is no folder"
    return None if os.access(there, os.W_OK | os.X_OK) else f"{there} may not be written"


def digest(path: Path) -> tuple[int, str]:
    """How many bytes a file has, and their SHA-256."""
    size, hashed = 0, hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_READ):
            size += len(part)
            hashed.update(part)
    return size, hashed.hexdigest()


def seal(path: Path) -> None:
    """Have a file survive a power cut, and nobody read it but its owner, whatever the umask."""
    path.chmod(_OWN)
    _flush(path)


def _flush(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
