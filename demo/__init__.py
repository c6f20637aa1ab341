"""The demo: a company, a server and a till in one process."""
