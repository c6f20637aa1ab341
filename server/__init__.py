"""The company server: ledger, sync, command line."""
