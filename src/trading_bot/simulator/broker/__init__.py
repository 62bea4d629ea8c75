"""Simulated brokers that speak the words of Alpaca, of TWS and of Robinhood."""
