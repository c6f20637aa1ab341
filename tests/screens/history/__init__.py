"""Histories and reports on the screen."""
