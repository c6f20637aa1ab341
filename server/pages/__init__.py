"""Pages for people in a browser: what is on them, and how it is shown. They hold no SQL."""
