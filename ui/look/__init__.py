"""How the till is painted: roles, sizes and painters. Knows no widget and no word."""
