"""General controls, independent of cards."""
