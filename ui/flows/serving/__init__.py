"""Serving a customer: the current card, its writes, notices, enrolment and staff."""
