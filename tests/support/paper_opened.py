"""A till on paper as the counter's thread opens it: a real counter on real files, its company on paper."""

from pathlib import Path

from tests.support.paper_company import PaperCompany, PaperTill


class PaperOpened:
    """A till on paper, opened on the thread that will use it."""

    def __init__(self, folder: Path, company: PaperCompany) -> None:
        self._till = PaperTill(folder, company)
        self.counter = self._till.counter

    def close(self) -> None:
        self._till.stop()
