"""What was found, as it is written, kept and taken back; judges nothing."""
