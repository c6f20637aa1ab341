"""Tests with real processes: tills and a server that are killed, cut off and restarted.

`python -m tests.system NAME` runs one for longer.
"""
