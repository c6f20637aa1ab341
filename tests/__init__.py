"""Tests: what the shop gets, promise by promise."""
