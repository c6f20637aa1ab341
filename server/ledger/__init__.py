"""The company's books: entries in, verdicts and changes out."""
