"""The window as the cashier sees and touches it, through real widgets."""
