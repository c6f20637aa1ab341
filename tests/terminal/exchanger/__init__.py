"""Messages between counter and exchanger."""
