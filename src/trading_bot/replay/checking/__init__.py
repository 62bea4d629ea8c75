"""What recorded files hold, and what of them a replay would lose, before it is played."""
