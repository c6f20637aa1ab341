"""Pages of an account: signing in, passwords, invitations, sessions."""
