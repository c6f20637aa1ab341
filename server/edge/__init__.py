"""What every page and every route of the API does alike: who asks, limits, refusals, repeated requests, lists."""
