"""A company on paper and a till of it, in a temporary folder."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.support.paper_company import PaperCompany, PaperTill

IN_MEMORY = Path("/dev/shm")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder in memory if possible, because these tests' two thousand commits would wait for the disk."""
    with TemporaryDirectory(dir=IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture
def company() -> PaperCompany:
    return PaperCompany()


@pytest.fixture
def till(tmp_path: Path, company: PaperCompany) -> Iterator[PaperTill]:
    """A till with Lena the cashier (4711) and Anna the manager (2580)."""
    opened = PaperTill(tmp_path, company)
    yield opened
    opened.stop()
