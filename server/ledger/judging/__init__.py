"""Judging of tills' entries: what each becomes in the ledger."""
