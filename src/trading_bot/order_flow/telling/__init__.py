"""How a host is told: what it hears, in which words, and what it can ask at any time."""
