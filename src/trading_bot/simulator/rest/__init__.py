"""The simulated market over REST, in the provider's words."""
