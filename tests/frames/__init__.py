"""Generated camera frames with known codes, drawn from a seed instead of stored."""
