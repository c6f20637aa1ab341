"""The result of a benchmark: its ratio, goal, floor and peer."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A result. The goal is about `ratio`; `more` are the figures behind it, in reading order.

    `curve` has seconds by number of cards, for benchmarks about growth.
    """

    name: str
    ratio: float
    goal: float
    higher_is_better: bool
    floor: str
    peer: str
    fdatasync_s: float
    more: tuple[tuple[str, str], ...] = ()
    curve: tuple[tuple[int, float], ...] = ()

    @property
    def reached(self) -> bool:
        return self.ratio >= self.goal if self.higher_is_better else self.ratio <= self.goal

    def line(self) -> str:
        """The result as one line."""
        sign = "≥" if self.higher_is_better else "≤"
        figures = " ".join(f"{name}={value}" for name, value in self.more)
        return (
            f"{self.name} ratio={self.ratio:.2f} goal={sign}{self.goal:g} floor={self.floor} peer={self.peer} "
            f"fdatasync={ms(self.fdatasync_s)} reached={'yes' if self.reached else 'no'} {figures}"
        ).rstrip()


def ms(seconds: float) -> str:
    """Seconds formatted as milliseconds."""
    return f"{seconds * 1000:.2f}ms"
