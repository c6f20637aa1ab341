"""Where a till's keys are kept."""
