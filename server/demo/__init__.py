"""The demo chain: a coffee-shop company with months of history, reproducible except for the dates."""
