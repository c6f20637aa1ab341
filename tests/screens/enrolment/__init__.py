"""Enrolment on the screen."""
