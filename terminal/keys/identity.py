"""The identity of a paired till, written into the journal file at pairing. It contains no secrets."""

from uuid import UUID

from msgspec import Struct


class Identity(Struct, frozen=True, kw_only=True):
    """A paired till, its company and its server. Names are from the pairing; the feed has newer ones."""

    company_id: UUID
    company: str
    store_id: UUID
    store: str
    terminal_id: UUID
    terminal: str
    journal_id: UUID
    server: str
    signing_public: bytes  # the server's
    sealing_public: bytes
    paired_at: str
