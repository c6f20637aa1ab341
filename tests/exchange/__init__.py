"""What the two ends say to each other: bytes, messages, and the engine that exchanges them."""
