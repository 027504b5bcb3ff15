"""Runs the logic of the module swift_ring once: options on standard input, figures on standard output.

In a process of its own, with the interpreter of an environment that has Swift and no Ansible: what the module takes
from Ansible is only its frame, so an empty stand-in will do.
"""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

ROOT = Path(sys.argv[1])


def stand_in() -> None:
    """Make `ansible.module_utils.corbel` importable without Ansible."""
    ansible, utils, basic = (types.ModuleType(name) for name in ("ansible", "utils", "basic"))
    module_utils: Any = utils
    frame: Any = basic
    module_utils.__path__ = [str(ROOT / "module_utils")]
    frame.AnsibleModule = object
    sys.modules["ansible"] = ansible
    sys.modules["ansible.module_utils"] = module_utils
    sys.modules["ansible.module_utils.basic"] = frame


if __name__ == "__main__":
    stand_in()
    from ansible.module_utils.corbel.calls import swift_ring

    print(json.dumps(swift_ring.run(json.load(sys.stdin), False)["rings"][0]["figures"]))
