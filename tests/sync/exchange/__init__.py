"""The till's exchange: engine, driver, transport, hints, snapshots."""
