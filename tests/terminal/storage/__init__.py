"""Journal, replica and a disk that is full or failing."""
