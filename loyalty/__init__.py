"""The rules of the loyalty program: frozen values and pure functions, shared by tills and company server."""
