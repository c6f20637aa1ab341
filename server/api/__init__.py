"""The HTTP routes of the company server, one module for each kind of caller."""
