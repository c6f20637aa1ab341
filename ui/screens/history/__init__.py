"""Booked transactions: a card's history, lists, reports and returns."""
