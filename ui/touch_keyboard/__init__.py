"""The keyboard on the screen, for tills without one."""
