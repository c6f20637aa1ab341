"""What every page and route does alike."""
