"""Companies with their stores, staff and programs."""
