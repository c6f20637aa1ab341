"""The settings page and what follows from it."""
