"""What stands on a slip, block by block, from top to bottom. Values only; how it looks is the drawing's."""

from typing import Literal

from msgspec import Struct


class Words(Struct, frozen=True):
    """A line, or as many as it needs; the shop's name and a balance are written larger."""

    text: str
    size: Literal["title", "body", "note"] = "body"


class Pair(Struct, frozen=True):
    """What, at the left, and how much, at the right."""

    left: str
    right: str
    strong: bool = False


class StampRow(Struct, frozen=True):
    """Stamps toward a reward, as discs; the last one is the reward's."""

    count: int
    target: int


class Rule(Struct, frozen=True):
    """A line across."""


Block = Words | Pair | StampRow | Rule


class Slip(Struct, frozen=True):
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
