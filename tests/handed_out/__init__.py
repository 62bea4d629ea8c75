"""What is handed out: the source distribution, and the steps of the container file."""
