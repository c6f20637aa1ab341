"""A company, a server and a till in one process: the demo."""
