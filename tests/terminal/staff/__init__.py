"""Shifts, PINs and lock-outs."""
