"""The protocol and the till's exchange, against fakes."""
