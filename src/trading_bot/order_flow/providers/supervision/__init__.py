"""What keeps one stream alive: its door and its channels, whoever the provider is; pure machines."""
