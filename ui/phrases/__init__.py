"""All texts written by the till. Imports no other room of ui."""
