"""The simulated market over WebSocket, in the provider's words."""
