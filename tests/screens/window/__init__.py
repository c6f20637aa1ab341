"""The window as a whole: start, problems, waiting, the customer window."""
