"""The counter's interface: requests, views and sentences. Values only."""
