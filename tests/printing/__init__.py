"""Slips: what stands on them, how they are drawn, and how they come to a printer."""
