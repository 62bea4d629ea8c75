"""Whole-market day files once into Parquet with a row group a symbol: rows are moved, none judged."""
