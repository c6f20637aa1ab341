"""What the owner of a card does with it and with their data, once a one-time code has proven who they are."""
