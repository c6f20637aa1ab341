"""Cards in the wallets of phones: what a pass shows, who still has to be told of it, and how each maker is told."""
