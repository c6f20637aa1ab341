"""The till without a screen: journal, replica, staff, scanner, and the counter service."""
