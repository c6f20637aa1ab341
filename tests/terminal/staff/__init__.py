"""Who is on shift, PINs and locks."""
