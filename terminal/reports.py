"""What a till tells beyond the card in front: what is unusual, how it stands, its day. Frozen values."""

from msgspec import Struct


class UnusualView(Struct, frozen=True):
    """An amount that somebody should look at twice. `why`: above_usual (of this till) or above_limit (of any till)."""

    why: str
    limit_minor: int
    text: str


class Cursor(Struct, frozen=True):
    """How far each stream of the feed has been read."""

    essentials: int
    bulk: int


class Readiness(Struct, frozen=True):
    """How long the till could go on without contact."""

    serve_days: int
    blanks: int
    data_age_s: int | None


class Progress(Struct, frozen=True):
    """How far the first load has come. `of` is None until the server has said."""

    rows: int
    of: int | None
