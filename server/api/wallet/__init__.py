"""What the makers of wallets ask for."""
