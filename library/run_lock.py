#!/usr/bin/python
# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Takes and gives back the lock of a cloud on one of its hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: run_lock
short_description: Let one run at a time change a cloud, whichever machine it is started on
description:
  - The callback plugin C(corbel_journal) keeps two runs of one machine apart. This module keeps those of several
    machines apart, with a file on a host of the cloud, C(/run/corbel/run.lock), that names the run.
  - A run that has ended in order has given its lock back. One that has not is taken for dead when it was started on the
    same machine with the same inventory, when its process there is gone, or when it gave no sign of life for
    O(lease_minutes). Applying bundles on the host of the lock is such a sign.
  - Runs in check mode, and runs without the callback plugin, take no lock. The action plugin returns without a
    connection then.
version_added: "0.1.0"
options:
  state:
    description: Whether the run has the lock or has given it back.
    type: str
    choices: [held, released]
    default: held
  lease_minutes:
    description: After so many minutes without a sign of life a run from another machine counts as dead.
    type: int
    default: 60
  takeover:
    description: The run, as the refusal names it, that is known to be over.
    type: str
    default: ""
  holder:
    description: The run that asks. The action plugin fills it in.
    type: str
attributes:
  check_mode:
    support: full
    description: Takes no lock.
  diff_mode:
    support: none
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Take the lock of the cloud
  run_lock:
  run_once: true
  delegate_to: "{{ corbel_setup_host }}"

- name: Give it back
  run_lock:
    state: released
  run_once: true
  delegate_to: "{{ corbel_setup_host }}"
"""

RETURN = r"""
taken_over:
  description: Whether the run before left the lock behind, and so may have left work half done.
  type: bool
  returned: always
reason:
  description: Why the lock was given, or why not.
  type: str
  returned: always
holder:
  description: Who had the lock before, as JSON; empty if nobody had it.
  type: str
  returned: always
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import host_lock, run_holder


def main() -> None:
    """Take the lock or give it back."""
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["held", "released"], "default": "held"},
            "lease_minutes": {"type": "int", "default": 60},
            "takeover": {"type": "str", "default": ""},
            "holder": {"type": "str"},
        },
        supports_check_mode=True,
    )
    params = module.params
    mine = run_holder.load(params["holder"] or "")
    if mine is None:
        module.fail_json(msg="holder is missing: the action plugin of this module fills it in")
    try:
        if params["state"] == "released":
            answer = host_lock.release(mine, module.check_mode)
        else:
            answer = host_lock.take(mine, params["lease_minutes"] * 60, params["takeover"], module.check_mode)
    except OSError as error:
        module.fail_json(
            msg=f"{error.filename}: {error.strerror}; root is expected to keep the lock of the cloud there: "
            "add 'become: true', or make room on the host's /run"
        )
    # Who is at work is no part of the host's configuration.
    module.exit_json(changed=False, **answer)


if __name__ == "__main__":
    main()
