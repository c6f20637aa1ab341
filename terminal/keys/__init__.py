"""The till's identity, keys and secret stores."""
