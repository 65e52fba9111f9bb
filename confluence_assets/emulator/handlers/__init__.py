"""What answers a route: a function of a `Call`."""
