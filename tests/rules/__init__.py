"""The rules of the program, as claims of the shop's life."""
