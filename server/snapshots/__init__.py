"""Replica files made ready, so that a new till need not be sent a million rows one by one."""
