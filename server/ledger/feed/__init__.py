"""The feed of a company's changed rows to its tills, with the digests that detect differences."""
