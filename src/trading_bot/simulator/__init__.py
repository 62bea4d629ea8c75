"""A local market that speaks the providers' protocols."""
