"""Spreads a run over several machines, for sites that one controlling machine cannot serve (docs/scale.md)."""

from pathlib import Path

import ansible.module_utils

# Ansible offers module_utils/ to modules, not to programs of the controlling machine.
_UTILS = str(Path(__file__).resolve().parents[2] / "module_utils")
if _UTILS not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(_UTILS)
