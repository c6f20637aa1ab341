"""Communication between threads: queued signals and frozen values. Imports no other room of ui."""
