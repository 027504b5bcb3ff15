"""`make test-resilience`: runs that are killed at random moments, and whether one repeat makes the cloud whole."""

from pathlib import Path

import ansible.module_utils

# As a program, without pytest, whose conftest.py does the same.
_UTILS = str(Path(__file__).resolve().parents[2] / "module_utils")
if _UTILS not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(_UTILS)
