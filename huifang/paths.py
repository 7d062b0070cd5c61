"""Finds the files that come with the product, wherever it is installed."""

from pathlib import Path


def templates() -> Path:
    """The folder of templates: inside an installed wheel, else beside the packages."""
    inside = Path(__file__).resolve().parent / "_templates"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[1] / "templates"
