"""Booked transactions: a card's history, lists, reports, cases and returns."""
