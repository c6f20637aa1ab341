"""A till's exchange, from request to answer."""
