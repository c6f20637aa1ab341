"""Reading codes in one picture."""
