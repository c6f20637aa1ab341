"""The counter's answers to requests."""
