"""Builders and fakes that tests of several subjects share."""
