"""The company server: ledger, exchange with tills, command line."""
