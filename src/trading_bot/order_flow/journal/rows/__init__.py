"""A record as rows for somebody else's tools, and whether each of its lines is well."""
