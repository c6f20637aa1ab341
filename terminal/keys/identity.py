"""Who this till is: written once when it is paired, into the journal's own file. No secret is in it."""

from uuid import UUID

from msgspec import Struct


class Identity(Struct, frozen=True, kw_only=True):
    """A paired till, its company, and the server it speaks to. Names are those of the pairing; the feed has newer."""

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
