"""Forms of recorded data: what a file is, by how it begins, and how its rows become our columns."""
