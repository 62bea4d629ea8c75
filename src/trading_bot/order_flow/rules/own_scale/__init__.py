"""What is large for one symbol: thresholds from its own last 6.5 trading hours; pure.

`memory` keeps the largest event of each kind in each two minutes, and turns them into thresholds,
eased or raised as today's alerts run behind or ahead of an even pace. `manner` says which of the
large events are worth a line.
"""
