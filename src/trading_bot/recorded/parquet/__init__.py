"""Parquet as rows: as lines of text, or column by column where it was written for that."""
