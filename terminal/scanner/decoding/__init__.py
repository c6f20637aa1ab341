"""Decoding of codes in pictures."""
