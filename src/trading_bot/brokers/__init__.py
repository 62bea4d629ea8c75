"""The brokers whose positions can be read: a folder each, imported only where it is chosen."""
