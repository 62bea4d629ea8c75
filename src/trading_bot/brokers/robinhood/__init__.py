"""Robinhood by its unofficial API: positions, read by questions alone; nothing is sold."""
