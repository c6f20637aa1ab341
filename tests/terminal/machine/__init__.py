"""Clock, log and diagnostics of the computer."""
