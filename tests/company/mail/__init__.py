"""Mails and their outbox."""
