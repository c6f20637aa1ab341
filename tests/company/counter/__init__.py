"""The counter in a browser, for programs and people."""
