"""The counter without a screen."""
