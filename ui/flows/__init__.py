"""The flows: they ask the counter and react to its answers."""
