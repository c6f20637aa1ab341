"""Companies, their stores, staff and programs."""
