"""The till's files: journal, replica and pool of blanks."""
