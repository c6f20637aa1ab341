"""Writing and reading the ledger's tables."""
