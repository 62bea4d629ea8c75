"""What stays of a symbol-day once its quotes have gone by: small, and enough for every score."""
