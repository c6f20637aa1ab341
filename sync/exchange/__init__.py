"""The till's side of the exchange: the sync engine and the driver, transport and listeners around it."""
