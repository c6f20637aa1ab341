"""Routes of a company, at `/api/store/v1/{slug}/`."""
