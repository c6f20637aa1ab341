"""Checks of the code itself: imports, names, sizes, and contents of tracked files."""
