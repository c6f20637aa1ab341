"""What a customer gets and may ask for."""
