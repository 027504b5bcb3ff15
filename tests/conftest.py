"""Makes library/, module_utils/ and the plugins importable as Ansible would load them."""

import sys
from pathlib import Path

import ansible.module_utils

ROOT = Path(__file__).resolve().parent.parent

ansible.module_utils.__path__.append(str(ROOT / "module_utils"))
for folder in ("library", "action_plugins", "filter_plugins", "lookup_plugins", "callback_plugins", "."):
    sys.path.insert(0, str(ROOT / folder))
