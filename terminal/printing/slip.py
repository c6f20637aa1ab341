"""The contents of a slip as values, block by block; `drawing` decides how they look."""

from typing import Literal

from msgspec import Struct


class Words(Struct, frozen=True):
    """A text, wrapped if needed; titles are larger."""

    text: str
    size: Literal["title", "body", "note"] = "body"


class Pair(Struct, frozen=True):
    """A description at the left and a value at the right."""

    left: str
    right: str
    strong: bool = False


class StampRow(Struct, frozen=True):
    """Stamps towards a reward, shown as discs; the last one is the reward's."""

    count: int
    target: int


class Code(Struct, frozen=True):
    """A QR code, with the number it holds and what that is for beside it."""

    text: str
    number: str
    hint: str


class Rule(Struct, frozen=True):
    """A horizontal line."""


Block = Words | Pair | StampRow | Code | Rule


class Slip(Struct, frozen=True):
    """A printed slip."""

    blocks: tuple[Block, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """The slip's texts, in order."""
        texts: list[str] = []
        for block in self.blocks:
            if isinstance(block, Words):
                texts.append(block.text)
            elif isinstance(block, Pair):
                texts += [block.left, block.right]
            elif isinstance(block, Code):
                texts += [block.number, block.hint]
        return tuple(texts)
