"""Pairing, and pairing again."""
