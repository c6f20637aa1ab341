"""The server program: commands, keys, settings, serving, hints."""
