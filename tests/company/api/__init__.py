"""The office's API and forms, called by construction: every route of the table, with requests that it accepts."""
