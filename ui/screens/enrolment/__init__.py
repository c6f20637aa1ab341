"""A new card."""
