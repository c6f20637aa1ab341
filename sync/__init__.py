"""The protocol between tills and server, and the till's sync engine."""
