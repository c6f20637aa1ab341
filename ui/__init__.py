"""What the cashier sees and touches: signals in, views out."""
