"""What tests of figures share."""

from pathlib import Path

import pytest
from matplotlib.figure import Figure


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Figure]:
    """The figures that are saved, by the names of their files, as they are at that moment; no file is written."""
    saved: dict[str, Figure] = {}

    def save(canvas: Figure, file: Path, **_: object) -> None:
        saved[file.name] = canvas
        canvas.draw_without_rendering()  # which is when it is laid out

    monkeypatch.setattr(Figure, "savefig", save)
    return saved
