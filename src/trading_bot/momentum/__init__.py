"""News catalysts that give an alert its context."""
