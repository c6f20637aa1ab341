"""The company server as its operator and its tills meet it: commands, pairing, exchange over HTTP, the demo."""
