"""What each entry of a till becomes in the company's books."""
