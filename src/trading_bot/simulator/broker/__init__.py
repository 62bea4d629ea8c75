"""A simulated broker that speaks Alpaca's words: positions, orders, and what trades change."""
