"""What goes into and comes out of the counter: asks, views and their words. Values only."""
