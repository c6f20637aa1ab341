"""Tills of a company: pairing, listing and revocation."""
