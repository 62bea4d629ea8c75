"""The first files of a trader: what they hold, and that none is ever overwritten."""
