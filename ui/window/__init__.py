"""The frames: what fills the window before and around serving."""
