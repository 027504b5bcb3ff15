"""Locks, builds and checks releases: `python -m tools.release`."""
