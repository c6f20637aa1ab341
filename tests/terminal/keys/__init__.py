"""Storage of a till's keys."""
