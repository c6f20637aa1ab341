"""What a cashier asks, done or refused."""
