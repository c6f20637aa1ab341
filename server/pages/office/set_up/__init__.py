"""Pages of the office that set a company up: its program, places, tills, people and look."""
