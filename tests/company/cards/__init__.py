"""The company's views of cards."""
