"""Companies, their people and their settings, as the office changes them."""
