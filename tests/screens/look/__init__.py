"""Colours, sizes, touch, keyboard and screen reader."""
