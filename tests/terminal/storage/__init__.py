"""Journal, replica, and full or failing disks."""
