"""What doubt in a stream does, and whose turn it is to ask; pure machines."""
