#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Module service_units."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: service_units
short_description: Start, restart and reload units that do not run as configured
description:
  - Compares with which configuration each unit was started to the one that M(service_bundle) left on the host, does
    what the bundle says for a change, and waits until all units are active.
  - A unit that runs as configured is left alone, so naming it does no harm.
version_added: "0.1.0"
options:
  names:
    description: Units, in the order in which they are started. A unit that no bundle lists only has to be active.
    type: list
    elements: str
  pending:
    description: RV(service_bundle#module:pending_units), instead of O(names).
    type: list
    elements: dict
  action:
    description:
      - V(pending) does what each unit needs.
      - V(restart) restarts all of them in any case.
      - V(stop) stops all of them, the last first.
    type: str
    choices: [pending, restart, stop]
    default: pending
  timeout:
    description: Seconds to wait until all units are active.
    type: int
    default: 90
  settle:
    description: Seconds that units without a start-up notification must stay active before they count as started.
    type: int
    default: 3
attributes:
  check_mode:
    support: full
    description: Says which units a run would act upon, as far as the host tells. O(pending) is taken at its word.
  diff_mode:
    support: full
    description: Lists the actions.
seealso:
  - module: service_bundle
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Restart what must restart
  service_units:
    pending: "{{ applied.pending_units }}"

- name: Restart in any case
  service_units:
    names: [glance-api.service]
    action: restart
"""

RETURN = r"""
acted_units:
  description: Units that were, or in check mode would be, acted upon.
  type: list
  elements: dict
  returned: success
  sample: [{name: glance-api.service, action: restart, reason: it runs with another configuration}]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel.calls.service_units import ARGUMENTS, RULES, execute


def main() -> None:
    execute(AnsibleModule(argument_spec=ARGUMENTS, **RULES, supports_check_mode=True))


if __name__ == "__main__":
    main()
