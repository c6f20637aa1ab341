"""The window: what the cashier sees and touches, through real widgets."""
