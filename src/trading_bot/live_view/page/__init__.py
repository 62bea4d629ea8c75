"""The live page: served to this machine alone, by a process that reads and never writes."""
