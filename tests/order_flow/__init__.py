"""Tests of the order-flow guard."""
