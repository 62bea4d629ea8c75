"""Retry policies and the one retry layer; they live in `order_flow`, which stands alone."""
