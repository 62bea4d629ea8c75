"""The report of a score: one HTML file of pictures and tables that asks for nothing."""
