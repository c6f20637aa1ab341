"""A company's terminals: pairing, listing and revocation."""
