"""The commands of `orion-server`, one module per subject. They begin and commit; others do the work."""
