"""Measures runs of playbooks and compares two measurements. Not a test: nothing fails for being slow."""
