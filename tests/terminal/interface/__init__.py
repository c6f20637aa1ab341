"""Requests to and replies of the counter."""
