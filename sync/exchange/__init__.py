"""The till's: the exchange's engine and everything it drives."""
