"""What comes from outside is decoded here, within limits, and every failure has a name; pure."""
