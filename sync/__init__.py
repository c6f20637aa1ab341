"""What both ends say to each other, and the till's sync engine."""
