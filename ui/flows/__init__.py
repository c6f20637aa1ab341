"""Who asks the counter, and what follows from an answer."""
