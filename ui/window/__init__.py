"""The window and its frame: pages, overlays and what surrounds serving."""
