"""The current card and what is given on it."""
