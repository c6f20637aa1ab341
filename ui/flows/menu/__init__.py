"""What the menu opens."""
