"""What can be checked about the code itself: imports, names, sizes, what stands in tracked files."""
