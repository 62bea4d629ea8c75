"""What keeps one stream alive: its door and its channels, whoever provides it; pure machines."""
