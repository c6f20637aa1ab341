"""Measuring, and the report: floors, results, the page and its plot."""
