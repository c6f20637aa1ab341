"""The replica file, which the server makes ready as a snapshot and the till keeps up to date."""
