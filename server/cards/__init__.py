"""Cards as the company sees them: history, blanks and pools."""
