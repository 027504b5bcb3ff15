"""Measures runs of playbooks and compares two measurements. Not a test: nothing fails for being slow."""

import tools  # noqa: F401  lets module_utils/ be found
