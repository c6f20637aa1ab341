"""Printing of slips: their contents, drawing, and connections to printers. Serving does not depend on it."""
