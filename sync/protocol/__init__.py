"""Messages and byte formats shared by tills and server."""
