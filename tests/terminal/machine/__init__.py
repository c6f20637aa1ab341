"""Clock, log and diagnostics of this computer."""
