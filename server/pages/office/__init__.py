"""Pages of a company's office, at `/office/{slug}/`."""
