"""The talk between counter and exchanger."""
