"""The settings page and the effects of settings."""
