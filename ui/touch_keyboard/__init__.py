"""The on-screen keyboard, for tills without a keyboard."""
