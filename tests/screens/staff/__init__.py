"""Staff and PINs on the screen."""
