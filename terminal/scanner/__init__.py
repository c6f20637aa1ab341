"""Frames in, scans out."""
