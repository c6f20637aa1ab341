"""The company's ledger: its rows, the feed of changes to tills, and the judging of entries."""
