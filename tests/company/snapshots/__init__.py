"""Snapshots that new tills begin with."""
