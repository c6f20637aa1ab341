"""The camera, notices, and the buttons that lead to a card."""
