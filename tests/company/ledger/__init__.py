"""The ledger: verdicts and their effects."""
