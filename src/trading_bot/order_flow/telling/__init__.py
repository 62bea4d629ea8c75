"""How a host is told: at a pace of its own, in which words, and what it can ask at any time."""
