"""Research by several processes: what each of them does, and how it is put together."""
