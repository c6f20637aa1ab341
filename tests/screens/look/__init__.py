"""Colours, sizes, light and dark, touch, keyboard and screen reader."""
