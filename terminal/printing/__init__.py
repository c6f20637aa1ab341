"""Slips on paper: what stands on one, drawn once, and the ways to a printer. Nothing here is needed to serve."""
