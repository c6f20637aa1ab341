"""What operators do with a whole installation: back it up, restore it, check it, watch it."""
