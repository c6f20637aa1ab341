"""Enrolment with a new card."""
