"""Whole-market day files as Parquet with a row group a symbol: rows are moved, none is judged."""
