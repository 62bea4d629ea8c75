"""Interactive Brokers by TWS or IB Gateway: positions and what changes them; nothing is sold."""
