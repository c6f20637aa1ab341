"""Jobs: what the server does by itself, in batches under leases, within every process that serves."""
