"""Random programs that try to make the compiler give a wrong derivative.

`generate` writes a small program, `oracle` knows its gradient without the compiler, `harness` compares,
`shrink` makes a failing program small, `run` is the campaign (`python -m tests.fuzz.run`).
"""
