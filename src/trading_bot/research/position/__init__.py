"""What the exits would have meant for a position: in basis points, in USD, in words."""
