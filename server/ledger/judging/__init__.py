"""What each entry of a till becomes."""
