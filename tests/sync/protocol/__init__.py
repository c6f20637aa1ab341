"""Bytes and messages of both ends."""
