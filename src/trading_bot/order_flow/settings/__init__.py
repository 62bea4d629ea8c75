"""Which settings may change while the guard runs, and how they come to who judges."""
