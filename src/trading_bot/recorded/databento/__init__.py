"""Databento's files: records of DBN and its tables, read as the live stream is."""
