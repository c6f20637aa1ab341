"""Jobs as real processes on large companies, killed and resumed."""
