"""The counter without a screen: what a cashier asks, what is journalled, what a card shows."""
