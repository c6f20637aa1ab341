"""The commands of `orion-server`, one module for each subject. Commands begin and commit units of work."""
