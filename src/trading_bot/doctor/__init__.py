"""Says before a watch what is wrong, and how to mend it.

Each check is a function that looks at what is there and returns a `Check`; `checks` lists them, and
`examination` makes them, one after the other, within a bounded time. Nothing here changes anything.
"""
