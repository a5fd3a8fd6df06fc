"""What is measured against what: one module a figure, run by `scripts/bench`.

A bench is a module with NAME, GOAL, UNIT, `set_up(large)`, `ours(place)` and `other(place)`; `figures.Bench` says more.
A bench with LARGE_ONLY promises something of a large directory: it is left out unless `--large` or its name is given.
"""
