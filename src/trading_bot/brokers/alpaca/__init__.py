"""Alpaca: positions by REST, what trades change by its stream of trade updates; nothing is sold."""
