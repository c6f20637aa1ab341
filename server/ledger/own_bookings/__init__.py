"""What the company books by itself: points that lapse, and cards that become nobody's."""
