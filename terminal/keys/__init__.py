"""Who this till is, and what it may open."""
