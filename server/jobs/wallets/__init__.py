"""Jobs of passes in wallets: finding those that changed, and telling their makers."""
