"""Google as a maker of wallets."""
