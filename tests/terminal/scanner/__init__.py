"""Decoding of pictures and films, and typing scanners."""
