"""Scanning of codes: camera frames or keystrokes in, scans out."""
