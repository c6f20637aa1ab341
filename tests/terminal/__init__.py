"""The till without a screen."""
