"""Wallets of phones and their makers: real servers on this machine, and one on paper."""
