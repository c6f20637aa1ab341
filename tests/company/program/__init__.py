"""The server as a program: commands, keys, settings, serving, hints."""
