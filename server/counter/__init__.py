"""Serving customers in a browser, for the page and for programs: looking a card up, and what is booked on it."""
