"""Pictures of every state, and tools that draw and watch the screen."""
