"""The pages beyond the main screen, one module each."""
