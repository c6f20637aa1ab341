"""Printing of slips."""
