"""Cases in the office: what decisions book, and who sees what."""
