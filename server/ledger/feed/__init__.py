"""The company's rows as tills get them, with digests and their check."""
