"""Blank cards on paper: sheets of them, and how they are drawn."""
