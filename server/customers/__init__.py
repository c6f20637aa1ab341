"""What a customer gets and may ask for: notices, an end of them, and that nothing is kept of them."""
