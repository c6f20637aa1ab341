"""Where threads meet: queued signals and frozen values. Imports no other room of ui."""
