"""Real processes: tills and a server, killed, cut off and brought back. `python -m tests.system NAME` runs one long."""
