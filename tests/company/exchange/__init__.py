"""Exchanges of tills as the server answers them."""
