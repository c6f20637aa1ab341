"""The rules of the loyalty program."""
