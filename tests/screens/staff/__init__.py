"""People and PINs on the screen."""
