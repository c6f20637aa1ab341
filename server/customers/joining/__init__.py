"""A customer gets a card without the counter: the form, its limits, the card, and what a proven contact adds to it."""
