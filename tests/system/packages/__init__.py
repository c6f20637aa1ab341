"""The Debian packages of server and till, installed, used, updated and removed in a bare Debian."""
