"""What is known of each symbol up to when, and what closes a gap; pure: every time is given."""
