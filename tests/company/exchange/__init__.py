"""Exchanges with tills, from the server's side."""
