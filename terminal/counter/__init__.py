"""The counter: executes a cashier's requests or refuses them."""
