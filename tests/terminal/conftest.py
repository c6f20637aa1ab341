"""A company on paper and a till of it, in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.memory_folder import memory_folder
from tests.support.paper_company import PaperCompany, PaperTill, a_company


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder in memory."""
    with memory_folder() as folder:
        yield Path(folder)


@pytest.fixture
def company() -> PaperCompany:
    return a_company()


@pytest.fixture
def till(tmp_path: Path, company: PaperCompany) -> Iterator[PaperTill]:
    """A till with Lena the cashier (4711) and Anna the manager (2580)."""
    opened = PaperTill(tmp_path, company)
    yield opened
    opened.stop()
