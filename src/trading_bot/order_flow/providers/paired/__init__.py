"""Two providers as one: prints and quotes of the first, the depth of one venue of the second."""
