"""The rows of a replica."""
