"""Mails: what they say, the outbox they wait in, and the way to a mail server."""
