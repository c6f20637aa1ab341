"""The window as a whole: start, troubles, waiting, the customer's window."""
