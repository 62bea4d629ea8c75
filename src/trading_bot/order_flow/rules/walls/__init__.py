"""Large resting levels and what becomes of them, as facts; pure.

`wall` follows one level, `watch` finds those of a symbol, `usual_level` says what a level usually
shows, `lines` keeps what is told within bounds. Nobody's intent is named: a level was placed, hit,
eaten or pulled, and that is all that a book can show.
"""
