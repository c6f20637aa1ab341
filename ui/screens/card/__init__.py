"""The current card and what can be done with it."""
