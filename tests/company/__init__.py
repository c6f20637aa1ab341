"""The company server from outside: commands, pairing, exchange over HTTP, the demo."""
