"""Jobs, their queue and the loop that runs them."""
