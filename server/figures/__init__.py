"""Figures of a company: sums of its transactions by day, and what pages read of them."""
