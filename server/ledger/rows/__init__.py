"""Reading and writing the ledger's tables."""
