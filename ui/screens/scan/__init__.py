"""The camera, notices, and the ways to a card."""
