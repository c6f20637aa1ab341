"""This computer: clock, folders, log and preferences."""
