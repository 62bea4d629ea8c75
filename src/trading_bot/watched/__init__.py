"""What a command line asks to be watched: which market, by which settings, for which positions."""
