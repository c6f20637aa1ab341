"""A simulated printer that keeps its slips in memory and refuses them on request."""

from dataclasses import dataclass, field

from terminal.printing.printers import FoundPrinter, Printer, Way
from terminal.printing.slip import Slip
from terminal.problems import Problem


@dataclass
class MemoryPress:
    """The slips printed and their printer; `trouble` is raised for the next ones."""

    printed: list[tuple[Printer, Slip]] = field(default_factory=list)
    trouble: Problem | None = None
    there: tuple[FoundPrinter, ...] = ()

    def print_slip(self, printer: Printer, slip: Slip) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.printed.append((printer, slip))

    def printers_found(self, way: Way) -> tuple[FoundPrinter, ...]:
        if self.trouble is not None:
            raise self.trouble
        return self.there
