"""Routes of the platform's admins, at `/api/admin/v1/`."""
