"""What several tests use: made values, stubs, days and runs."""
