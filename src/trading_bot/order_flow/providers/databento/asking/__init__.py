"""What is asked of Databento before its stream, and beside it: key, dataset, symbols, the time."""
