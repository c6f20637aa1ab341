"""The counter without a screen: journal, replica, staff, scanner, and the counter service."""
