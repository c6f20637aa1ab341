"""The demo chain: a coffee-shop company with months of history, the same at every filling but for the date."""
