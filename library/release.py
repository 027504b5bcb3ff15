#!/usr/bin/python
"""Lay down the environments of a release on a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release
short_description: Lay down the environments of a release
description:
  - Lays environments of a release below C(/opt/corbel/releases/<release_id>/), beside those of other releases, or
    removes them.
  - An environment is built and packed on the controlling machine (C(python -m tools.release build)). Only archives
    that a host lacks are transferred, in parts, so that an interrupted transfer goes on where it ended. The host
    checks the digest of what arrived and refuses anything else.
  - Where the host's kernel has squashfs and loop devices the archive is mounted read-only by a systemd mount unit;
    elsewhere, such as in a container, it is unpacked beside its final folder and renamed.
  - Nothing is compiled on the host and no package index is asked.
attributes:
  check_mode:
    support: full
    description: Says which environments would be laid down or removed.
  diff_mode:
    support: full
    description: Shows the digest of each environment before and after.
options:
  series:
    description:
      - Series whose present definition (C(releases/<series>/)) names the release.
      - One of O(series) and O(release_id) is needed.
    type: str
  release_id:
    description: Id of a release, for one that is not the series' present one.
    type: str
  environments:
    description:
      - Environments to lay down or remove.
      - With O(state=absent) and none named, the whole release is removed.
    type: list
    elements: str
    default: []
  archive_dir:
    description:
      - Folder on the controlling machine in which the builds lie, each in a folder named by its id.
      - Default is C(releases) below the environment variable E(CORBEL_CACHE) or C(~/.cache/corbel).
    type: path
  method:
    description:
      - How environments are laid down. V(auto) takes V(mount) where the host can, else V(unpack), and leaves an
        environment that is already complete as it is.
      - V(unpack) needs the Debian package C(squashfs-tools) on the host.
    type: str
    choices: [auto, mount, unpack]
    default: auto
  root:
    description: Folder of all releases on the host. The programs of an environment run only below the default.
    type: path
    default: /opt/corbel/releases
  state:
    description: Whether the environments should be there. V(absent) is refused while a unit or a process uses them.
    type: str
    choices: [present, absent]
    default: present
  archives:
    description:
      - What the manifest of the build says of each environment, with C(sha256), C(size) and C(unpacked_size).
      - Filled in on the controlling machine.
    type: dict
    default: {}
  parts:
    description: Parts of archives that were transferred, in order. Filled in on the controlling machine.
    type: dict
    default: {}
author:
  - Corbel contributors
"""

EXAMPLES = r"""
- name: Lay down what a controller runs
  release:
    series: "2026.1"
    environments: [control]

- name: Unpack although the host could mount
  release:
    series: "2026.1"
    environments: [compute, network]
    method: unpack

- name: Remove a release that nothing uses any more
  release:
    release_id: 2026.1-0123456789ab
    state: absent
"""

RETURN = r"""
release_id:
  description: Id of the release.
  returned: success
  type: str
root:
  description: Folder of the release on the host.
  returned: success
  type: str
environments:
  description: Path and digest of every environment asked for.
  returned: when O(state=present)
  type: dict
missing:
  description: Environments that were, or in check mode would be, laid down.
  returned: when O(state=present)
  type: list
  elements: str
removed:
  description: Environments that were, or in check mode would be, removed.
  returned: when O(state=absent)
  type: list
  elements: str
transferred:
  description: Bytes sent to this host.
  returned: when O(state=present)
  type: int
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel.calls.release import ARGUMENTS, execute


def main() -> None:
    execute(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
