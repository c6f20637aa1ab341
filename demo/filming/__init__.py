"""The film of customers that stands in for a camera: drawing it, and playing it to the till."""
