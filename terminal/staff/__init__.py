"""The staff at the counter: shifts, PIN checks and lock-outs."""
