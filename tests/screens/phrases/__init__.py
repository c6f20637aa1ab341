"""Words that the window writes."""
