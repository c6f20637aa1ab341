"""One benchmark's closing line: what it cost, the goal, the floor and the peer of the same run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`ratio` is what the goal is about; `more` are the figures behind it, in the order they are read.

    `curve`: seconds by number of cards, where a benchmark is about how cost grows.
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
        """What is printed last."""
        sign = "≥" if self.higher_is_better else "≤"
        figures = " ".join(f"{name}={value}" for name, value in self.more)
        return (
            f"{self.name} ratio={self.ratio:.2f} goal={sign}{self.goal:g} floor={self.floor} peer={self.peer} "
            f"fdatasync={ms(self.fdatasync_s)} reached={'yes' if self.reached else 'no'} {figures}"
        ).rstrip()


def ms(seconds: float) -> str:
    """Seconds as milliseconds, for a line."""
    return f"{seconds * 1000:.2f}ms"
