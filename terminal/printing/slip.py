"""What stands on a slip, block by block, from top to bottom. Values only; how it looks is the drawing's."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Words:
    """A line, or as many as it needs; the shop's name and a balance are written larger."""

    text: str
    size: Literal["title", "body", "note"] = "body"


@dataclass(frozen=True, slots=True)
class Pair:
    """What, at the left, and how much, at the right."""

    left: str
    right: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class StampRow:
    """Stamps toward a reward, as discs; the last one is the reward's."""

    count: int
    target: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A line across."""


Block = Words | Pair | StampRow | Rule


@dataclass(frozen=True, slots=True)
class Slip:
    """One piece of paper."""

    blocks: tuple[Block, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """What can be read on it, in order."""
        said: list[str] = []
        for block in self.blocks:
            if isinstance(block, Words):
                said.append(block.text)
            elif isinstance(block, Pair):
                said += [block.left, block.right]
        return tuple(said)
