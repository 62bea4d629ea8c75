"""Commands on recorded days that are worked off by several processes."""
