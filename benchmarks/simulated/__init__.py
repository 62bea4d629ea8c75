"""A market, a provider, a host and the guard between them, in one process on time that is moved."""
