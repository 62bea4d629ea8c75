"""Reader of LOBSTER's stock-days: messages with the book after each, however they are kept."""
