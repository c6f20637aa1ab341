"""Staff: shifts, PINs, and managers' approval."""
