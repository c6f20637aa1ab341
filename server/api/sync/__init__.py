"""The routes that tills call."""
