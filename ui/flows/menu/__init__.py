"""The flows opened from the menu."""
