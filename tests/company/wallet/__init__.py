"""Tests of passes in the wallets of phones."""
