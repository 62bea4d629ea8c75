"""How a guard that runs as a service tells whoever started it that all is well; judges nothing."""
