"""What can be made to go wrong with the simulated market, and by which request."""
