"""The simulated market's depth over TCP, in Databento's words.

Only this room imports `databento_dbn`, and the server imports it only where depth is asked for.
"""
