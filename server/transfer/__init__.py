"""IN AND OUT: cards from a CSV file, everything of a company as a file."""
