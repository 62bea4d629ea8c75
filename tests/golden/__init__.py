"""What the guard says of committed inputs, byte for byte; see README.md here."""
