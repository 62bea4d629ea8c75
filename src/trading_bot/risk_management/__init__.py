"""Exit rules, and the recommendation that follows from them."""
