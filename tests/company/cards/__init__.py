"""Cards as the company sees them."""
