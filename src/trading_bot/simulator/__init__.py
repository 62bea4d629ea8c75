"""A local market that speaks the provider's protocol."""
