"""New cards on the screen."""
