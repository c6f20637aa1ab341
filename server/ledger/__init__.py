"""The books: rows, the feed of them, and the judging of entries."""
