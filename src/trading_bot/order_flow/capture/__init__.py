"""A recording of everything that the judge was given; judges nothing."""
