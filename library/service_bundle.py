#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Module service_bundle."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: service_bundle
short_description: Bring a host to everything one service needs
description:
  - Installs packages, makes accounts, directories and files, and installs, enables and starts systemd units, in one
    call.
  - Templates are rendered on the controlling machine by the action plugin of the same name.
  - Whether a unit must restart is decided by comparing the configuration it was started with to the present one, not
    by handlers. A run that dies at any point is finished by the next one.
  - A file, unit or directory (if empty) that an earlier run of the bundle made, and that the bundle no longer lists, is
    removed.
version_added: "0.1.0"
options:
  name:
    description: Name of the bundle. Its record on the host is C(/etc/corbel/bundles/<name>.json).
    type: str
    required: true
  packages:
    description:
      - Debian packages to have. They are installed without recommended ones, and their daemons do not start before
        the bundle's files are in place.
      - Never removed.
    type: list
    elements: str
    default: []
  groups:
    description: System groups to have.
    type: list
    elements: str
    default: []
  users:
    description: System users to have. Never removed.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name of the user.
        type: str
        required: true
      group:
        description: Primary group, made if missing. Default is the name of the user.
        type: str
      home:
        description: Home directory, which is not created. Default is C(/nonexistent) for a new user.
        type: path
      groups:
        description: Further groups, which must exist. Others that the user is in are kept.
        type: list
        elements: str
        default: []
      shell:
        description: Login shell. Default is C(/usr/sbin/nologin) for a new user.
        type: path
      uid:
        description: Number of a new user.
        type: int
      gid:
        description: Number of a new primary group.
        type: int
  directories:
    description: Directories to have.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: The directory, as an absolute path.
        type: path
        required: true
      owner:
        description: Owner.
        type: str
        default: root
      group:
        description: Group.
        type: str
        default: root
      mode:
        description: Mode, a quoted octal.
        type: str
        default: "0755"
  files:
    description: Files to have. Each is replaced in one step.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: The file, as an absolute path.
        type: path
        required: true
      template:
        description: Template, searched as M(ansible.builtin.template) does. Either this or O(files[].content).
        type: str
      content:
        description: Content as text.
        type: str
      variables:
        description: Further variables for the template.
        type: dict
      overrides:
        description:
          - For files named C(*.conf), C(*.ini) and C(*.cnf), section to option to value.
          - A list becomes repeated lines; null removes the option, or the section.
          - Comments of the template are not kept then.
        type: dict
      owner:
        description: Owner.
        type: str
        default: root
      group:
        description: Group.
        type: str
        default: root
      mode:
        description: Mode, a quoted octal. Default is V("0644"), for a secret file V("0600").
        type: str
      secret:
        description:
          - Whether the content holds secrets, which are never shown. Such a file may give others no rights.
        type: bool
        default: false
      units:
        description: Units that must take notice of a change. Default is every service of the bundle.
        type: list
        elements: str
      validate:
        description:
          - Command that tests the new content before any file of a unit changes; C(%s) stands for the file.
          - It runs without a shell.
        type: str
  units:
    description:
      - Units to have, in the order in which they are started.
      - A unit belongs to one bundle only.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: Name with type, such as V(glance-api.service).
        type: str
        required: true
      template:
        description: Template of the unit file. Without it and O(units[].content), the unit's file comes from elsewhere.
        type: str
      content:
        description: Unit file as text.
        type: str
      variables:
        description: Further variables for the template.
        type: dict
      drop_in:
        description: Text of a drop-in, C(50-corbel-<bundle>.conf).
        type: str
      drop_in_template:
        description:
          - Template of the drop-in, found like O(units[].template). Cheaper than the lookup plugin of that name, which
            copies all variables each time.
        type: str
      enabled:
        description: Whether the unit starts with the host. Null leaves that alone.
        type: bool
        default: true
      state:
        description: V(any) leaves starting and stopping to others, such as a timer.
        type: str
        choices: [started, stopped, any]
        default: started
      on_change:
        description:
          - What a unit needs whose files have changed.
          - V(reload) becomes a restart if the unit file, a drop-in, the release or the groups of an account changed.
        type: str
        choices: [restart, reload, none]
        default: restart
  release:
    description: Directory of the release that the services run. A service whose release changed must restart.
    type: str
    default: ""
  watch:
    description: Further files, made by others, whose change concerns every service, such as certificates.
    type: list
    elements: path
    default: []
  units_action:
    description: V(report) starts, restarts and reloads nothing but says in RV(pending_units) what is left to do.
    type: str
    choices: [apply, report]
    default: apply
  state:
    description: V(absent) stops, disables and removes what the record lists. Packages and users are kept.
    type: str
    choices: [present, absent]
    default: present
  timeout:
    description: Seconds to wait until all units are active.
    type: int
    default: 90
  settle:
    description: Seconds that units without a start-up notification must stay active before they count as started.
    type: int
    default: 3
  purge_directories:
    description: With O(state=absent), remove directories with all they hold, not only empty ones.
    type: bool
    default: false
  payload:
    description: What the action plugin sends instead of all other options. Not for playbooks.
    type: str
attributes:
  check_mode:
    support: full
    description: Says what a run would change and which units it would act upon, also before accounts exist.
  diff_mode:
    support: full
    description: Shows every file before and after. Of secret files it shows options, without values that may be secret.
notes:
  - What someone changed by hand is put back. Units and drop-ins that no bundle wrote are left alone.
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Configure memcached
  service_bundle:
    name: memcached
    packages: [memcached]
    files:
      - {path: /etc/memcached.conf, template: memcached.conf.j2, mode: "0644"}
    units:
      - {name: memcached.service}

- name: Configure an API and restart it later
  service_bundle:
    name: glance
    users: [{name: glance, home: /var/lib/glance}]
    directories:
      - {path: /etc/glance, group: glance, mode: "0750"}
    files:
      - path: /etc/glance/glance-api.conf
        template: glance-api.conf.j2
        group: glance
        mode: "0640"
        secret: true
        overrides:
          DEFAULT: {debug: true}
    units:
      - {name: glance-api.service, template: api.service.j2}
    units_action: report
  register: applied

- name: Restart what must restart
  service_units:
    names: "{{ applied.pending_units | map(attribute='name') }}"

- name: Remove it again
  service_bundle:
    name: glance
    state: absent
"""

RETURN = r"""
pending_units:
  description: Units that do not run as configured, with O(units_action=report).
  type: list
  elements: dict
  returned: success
  sample: [{name: glance-api.service, action: restart, reason: "changed: /etc/glance/glance-api.conf"}]
acted_units:
  description: Units that were, or in check mode would be, started, restarted or reloaded.
  type: list
  elements: dict
  returned: success
changed_files:
  description: Files and directories written, or whose owner or mode was mended.
  type: list
  elements: str
  returned: success
removed_files:
  description: Files and directories removed.
  type: list
  elements: str
  returned: success
steps:
  description: Everything done, in order, in words.
  type: list
  elements: str
  returned: success
bookkeeping:
  description: Those of RV(steps) that only keep the module's own books and say nothing of the service.
  type: list
  elements: str
  returned: success
results:
  description: One item that names the changes for a plan, free of secrets.
  type: list
  elements: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel.calls.service_bundle import ARGUMENTS, execute


def main() -> None:
    execute(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
