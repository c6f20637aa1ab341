"""What the camera sees and what the till makes of it."""
