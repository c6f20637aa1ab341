"""Frames as a counter's camera gives them, with known texts: drawn from a seed, never stored."""
