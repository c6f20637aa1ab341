"""Controls that know no card."""
