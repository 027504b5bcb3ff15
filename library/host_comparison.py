# Copyright the Corbel authors
# SPDX-License-Identifier: Apache-2.0
"""Compare a host with the whole model in one call."""

from __future__ import annotations

DOCUMENTATION = r"""
module: host_comparison
short_description: Compare a host with the whole model in one call
description:
  - Says for every play of the run that has the variable C(compared_as) whether it would change something on the
    host, and what, without changing anything.
  - The action plugin of the same name walks through the real plays and roles as check mode would and asks the host
    about everything together; the host answers with the code of the modules themselves.
  - Hosts become members of C(differs_<compared_as>), one of them of C(compared). The filter C(hosts_that_differ)
    makes the C(hosts) of a play from these.
  - Needs the callback plugin of the same name, which prepares it in Ansible's main process.
attributes:
  check_mode:
    support: full
    description: Does the same, but leaves no note of unfinished services on the host.
  diff_mode:
    support: none
    description: Contents of files are not part of the result.
options:
  step:
    description:
      - V(read) reads what other hosts need to know of this one; it comes before V(compare) in the same play.
      - V(compare) compares, and notes on the host which services differ. A service that is noted differs until a run
        has come to its end, whatever the host looks like, because not everything that a run does can be seen later.
      - V(finish) removes the note.
    type: str
    choices: [read, compare, finish]
    default: compare
author:
  - Corbel contributors
"""

EXAMPLES = r"""
- name: Read what hosts need to know of each other
  host_comparison:
    step: read

- name: Compare each host with the whole model
  host_comparison:
  changed_when: false
  register: host_comparison

- name: Note that the run has come to its end
  host_comparison:
    step: finish
"""

RETURN = r"""
services:
  description:
    - By C(compared_as), C(differs), C(steps) in words and C(result) with C(calls), the results of the tasks that would
      change something, without contents of files.
  type: dict
  returned: with O(step=compare)
  sample:
    galera:
      differs: true
      steps: ["change /etc/mysql/mariadb.conf.d/99-corbel.cnf (root:root 0644)"]
      result: {calls: []}
asked:
  description: How often the host was asked.
  type: int
  returned: with O(step=compare)
registered:
  description: Results that other hosts need, by the name under which their task registers them.
  type: dict
  returned: with O(step=read)
once:
  description: Results of tasks that are run once for all hosts of a play, by C(compared_as) and registered name.
  type: dict
  returned: with O(step=read)
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import bundle_payload, comparison_host


def main() -> None:
    module = AnsibleModule(
        # What is compared arrives in one piece.
        argument_spec={"payload": {"type": "str", "no_log": True, "required": True}},
        supports_check_mode=True,
    )
    payload = bundle_payload.unpack(module.params["payload"])
    try:
        unfinished = comparison_host.unfinished()
        if "unfinished" in payload:
            comparison_host.note_unfinished(payload["unfinished"])
    except OSError as error:
        module.fail_json(msg=f"{error.filename}: {error.strerror}; root is expected to run this, add 'become: true'")
    answers = comparison_host.answer_all(module, payload["questions"])
    module.exit_json(changed=False, answers=answers, unfinished=unfinished)


if __name__ == "__main__":
    main()
