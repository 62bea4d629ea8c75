"""Where data comes from: what a provider must bring, and the transport that several share."""
