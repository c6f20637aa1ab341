"""This computer: its clock, folders, log and choices."""
