"""Every word the till writes. Imports no other room of ui."""
