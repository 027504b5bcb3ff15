#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Module explained_file; all of it is in the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: explained_file
short_description: Trace the lines of a host's file to templates and variables
description:
  - Runs on the controlling machine only and needs no connection. Finds the task of a role that writes the file with
    M(service_bundle), renders it for the host, and says of each line which line of which template it comes from, which
    variables were used there, their values, and the file and line that set them. Secrets are hidden.
  - What only a run can know, such as the disks of a host, is said to be unknown.
version_added: "0.2.0"
options:
  path:
    description: The file on the host.
    type: path
    required: true
  option:
    description: Only the lines of this option, by its name or as C(section/option).
    type: str
    default: ""
attributes:
  check_mode:
    support: full
    description: Changes nothing in any mode.
  diff_mode:
    support: none
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Find out where a number of workers comes from
  explained_file:
    path: /etc/nova/nova.conf
    option: conductor/workers
"""

RETURN = r"""
lines:
  description: The lines that say something.
  type: list
  elements: dict
  returned: success
  contains:
    number: {description: Number of the line in the file., type: int}
    text: {description: The line., type: str}
    section: {description: Section of an INI file., type: str}
    option: {description: Option of an INI file., type: str}
    template: {description: File and line of the template., type: str}
    called: {description: Where the macro was called that has the line., type: str}
    override: {description: Name and place of the variable that overrides the option., type: dict}
    variables:
      description: Variables of the line, each with C(value), C(layer), C(where), and C(made_from) which others.
      type: list
      elements: dict
"""
