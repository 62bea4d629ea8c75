"""Recorded days: readers, the player, and how well the rules did."""
