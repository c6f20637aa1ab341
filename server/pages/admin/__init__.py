"""Pages of the platform's admins, at `/admin/`."""
