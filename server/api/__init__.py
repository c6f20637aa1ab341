"""What the company server answers over HTTP, one module per kind of caller."""
