"""Hand-held scanners that type like a keyboard."""
