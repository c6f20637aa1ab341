"""The till's window: what the cashier sees and touches."""
