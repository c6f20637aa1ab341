"""Sums of transactions and the figures made of them."""
