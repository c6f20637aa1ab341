"""Both ends: the replica file."""
