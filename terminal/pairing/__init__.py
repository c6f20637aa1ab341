"""How a till is paired, paired again and revoked."""
