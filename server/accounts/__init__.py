"""Who signs in to the office: accounts, sessions, rights, links, limits and the audit log."""
