"""What counts as selling pressure: pure rules from events to signals; no clock, socket or log."""
