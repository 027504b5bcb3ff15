#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Module saved_plan; all of it is in the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: saved_plan
short_description: Compare a saved plan with the present, and with what was changed
description:
  - Runs on the controlling machine only, for C(playbooks/apply.yml).
  - V(current) plans again with C(playbooks/plan.yml) and the options of this run, and refuses the saved plan when
    files of the inventory, variables of the command line, files of the code, or what would change on a host are not
    the same. Each is named.
  - V(applied) compares what the run has changed with the plan, change by change.
version_added: "0.2.0"
options:
  path:
    description: The C(plan.json) of C(playbooks/plan.yml).
    type: path
    required: true
  state:
    description: What to compare the plan with.
    type: str
    required: true
    choices: [current, applied]
attributes:
  check_mode:
    support: full
    description: Both states only compare.
  diff_mode:
    support: none
notes:
  - The second plan is made by another process, which cannot ask for passwords; have them in files.
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Refuse the plan if anything moved
  saved_plan:
    path: /home/operator/.local/state/corbel/mycloud-1a2b3c4d/plan/plan.json
    state: current
"""

RETURN = r"""
current:
  description: Whether the plan is still that of the present; a run goes on only then.
  type: bool
  returned: O(state=current)
made:
  description: Changes that were made, by number.
  type: int
  returned: O(state=applied)
unplanned:
  description: Changes that were made though nobody planned them.
  type: list
  elements: str
  returned: O(state=applied)
missing:
  description: Changes that were planned and not made. As with RV(unplanned), the task fails where there are any.
  type: list
  elements: str
  returned: O(state=applied)
needless:
  description: Changes that were planned and that packages or earlier steps of the run made needless.
  type: list
  elements: str
  returned: O(state=applied)
"""
