"""The current card and the actions on it."""
