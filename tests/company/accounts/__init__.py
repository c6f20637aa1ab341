"""People who sign in to the office."""
