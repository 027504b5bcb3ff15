#!/usr/bin/python
# Apache-2.0 (see LICENSE)
"""Module keystone_resources."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: keystone_resources
short_description: Have domains, projects, users, roles, services and endpoints in Keystone, with one token
description:
  - Reads what the lists name, computes the change and carries it out, all with one token over verified TLS.
  - What is not listed is not touched; an attribute that is not given is left as it is. An item is removed only
    when it says C(state=absent).
  - Objects are made in the order in which they need each other and removed in the reverse order, after everything
    else is done. A run that dies is repeated safely.
  - Of several endpoints of the same service, interface and region one is kept, preferably the one with the wanted
    URL; the others are removed. An endpoint with another URL is changed in place.
version_added: "0.1.0"
options:
  auth:
    description: The account that makes the changes; it needs the role C(admin).
    type: dict
    required: true
    suboptions:
      auth_url:
        description: Address of the identity API; C(/v3) is added where it is missing.
        type: str
        required: true
      username:
        description: Name of the account.
        type: str
      password:
        description: Password of the account.
        type: str
      project_name:
        description: Project that the token is for.
        type: str
      system_scope:
        description: Ask for a token for the whole system instead of a project.
        type: str
        choices: [all]
      user_domain_name:
        description: Domain of the account.
        type: str
        default: Default
      project_domain_name:
        description: Domain of the project.
        type: str
        default: Default
      token:
        description: A token to use instead of an account.
        type: str
  ca_file:
    description:
      - Certificate authority of the API's certificate. Empty means those that the system trusts.
    type: path
  region:
    description: Region of endpoints that name none.
    type: str
    default: RegionOne
  domains:
    description: Domains. One that is removed is disabled first; everything in it goes with it.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name., type: str, required: true}
      description: {description: What it is for., type: str}
      enabled: {description: Whether it may be used., type: bool}
      state: {description: Have it or remove it., type: str, choices: [present, absent], default: present}
  projects:
    description: Projects.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name., type: str, required: true}
      domain: {description: Name or identifier of its domain., type: str, default: Default}
      description: {description: What it is for., type: str}
      enabled: {description: Whether it may be used., type: bool}
      state: {description: Have it or remove it., type: str, choices: [present, absent], default: present}
  users:
    description: Users.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name., type: str, required: true}
      domain: {description: Name or identifier of its domain., type: str, default: Default}
      password: {description: Password., type: str}
      update_password:
        description:
          - V(always) sets the password when the user's is another one; see O(verify_passwords).
          - V(on_create) sets it for a new user only.
        type: str
        choices: [always, on_create]
        default: always
      email: {description: Address., type: str}
      description: {description: What it is for., type: str}
      default_project: {description: Project of tokens that ask for none., type: str}
      default_project_domain: {description: Domain of that project; the user's where not given., type: str}
      enabled: {description: Whether the user may log in., type: bool}
      options:
        description: Options of the user such as C(ignore_lockout_failure_attempts); others stay as they are.
        type: dict
      state: {description: Have it or remove it., type: str, choices: [present, absent], default: present}
  roles:
    description: Roles, those that belong to no domain.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name., type: str, required: true}
      description: {description: What it allows., type: str}
      state: {description: Have it or remove it., type: str, choices: [present, absent], default: present}
  implied_roles:
    description: Roles that come with another role.
    type: list
    elements: dict
    default: []
    suboptions:
      prior: {description: The role that is given., type: str, required: true}
      implied: {description: The role that comes with it., type: str, required: true}
      state: {description: Have it or remove it., type: str, choices: [present, absent], default: present}
  assignments:
    description: Roles of users and groups, each on a project, on a domain or on the system.
    type: list
    elements: dict
    default: []
    suboptions:
      user: {description: The user., type: str}
      user_domain: {description: Domain of the user., type: str, default: Default}
      group: {description: The group; it must exist., type: str}
      group_domain: {description: Domain of the group., type: str, default: Default}
      role: {description: The role., type: str, required: true}
      project: {description: The project., type: str}
      project_domain: {description: Domain of the project., type: str, default: Default}
      domain: {description: The domain., type: str}
      system: {description: The whole system., type: str, choices: [all]}
      state: {description: Have it or remove it., type: str, choices: [present, absent], default: present}
  services:
    description:
      - Services. The only service of a type is taken for the same one even if it has another name, and is renamed.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Name; the type where not given., type: str}
      type: {description: Type such as C(image)., type: str, required: true}
      description: {description: What it is for., type: str}
      enabled: {description: Whether the catalogue shows it., type: bool}
      state: {description: Have it or remove it with its endpoints., type: str, choices: [present, absent],
              default: present}
  endpoints:
    description: Endpoints. A region that an endpoint needs is made.
    type: list
    elements: dict
    default: []
    suboptions:
      service_type: {description: Type of the service., type: str}
      service: {description: Name of the service., type: str}
      interface: {description: Who it is for., type: str, required: true, choices: [admin, internal, public]}
      url: {description: Address; required unless it is removed., type: str}
      region: {description: Region; O(region) where not given., type: str}
      enabled: {description: Whether the catalogue shows it., type: bool}
      state: {description: Have it or remove it., type: str, choices: [present, absent], default: present}
  regions:
    description: Regions.
    type: list
    elements: dict
    default: []
    suboptions:
      name: {description: Identifier., type: str, required: true}
      description: {description: What it is for., type: str}
      state: {description: Have it or remove it., type: str, choices: [present, absent], default: present}
  verify_passwords:
    description:
      - Find out by logging in whether a password that must be true already is.
      - If V(false), every run sets every password with C(update_password=always) and reports a change.
      - The password of a disabled user can be found out by nobody; it is set when the user is enabled.
    type: bool
    default: true
  unreachable_in_check:
    description: In check mode, take a Keystone that does not answer for one that is still to be deployed.
    type: bool
    default: true
  retries:
    description: How often a request is repeated that got no answer or an answer with a status from 500 on.
    type: int
    default: 15
  delay:
    description: Seconds between two attempts.
    type: int
    default: 2
  timeout:
    description: Seconds to wait for one answer.
    type: int
    default: 30
attributes:
  check_mode:
    support: full
    description: Reads, changes nothing. Passwords are tried in check mode, too.
  diff_mode:
    support: full
    description: Shows names and attributes, never a password.
author:
  - The Corbel authors
"""

EXAMPLES = r"""
- name: Have the account and the endpoints of Glance
  keystone_resources:
    auth:
      auth_url: https://api.corbel.internal:5000/v3
      username: admin
      password: "{{ corbel_secrets.keystone_admin }}"
      project_name: admin
    ca_file: /etc/corbel/tls/ca.pem
    region: RegionOne
    users:
      - {name: glance, password: "{{ corbel_secrets.glance_identity }}"}
    assignments:
      - {user: glance, role: service, project: service}
    services:
      - {name: glance, type: image, description: OpenStack Image}
    endpoints:
      - {service_type: image, interface: internal, url: "https://api.corbel.internal:9292"}
      - {service_type: image, interface: public, url: "https://cloud.example.org:9292"}

- name: Remove a user
  keystone_resources:
    auth:
      auth_url: https://api.corbel.internal:5000/v3
      token: "{{ token }}"
    users:
      - {name: former, state: absent}
"""

RETURN = r"""
changes:
  description: What changed or would change, one sentence each.
  type: list
  elements: str
  returned: success
ids:
  description:
    - Identifiers by collection and name. Projects and users are named C(domain/name), services C(type/name).
    - In check mode, what does not exist yet is missing.
  type: dict
  returned: success
"""

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel.calls.keystone_resources import ARGUMENTS, execute


def main() -> None:
    execute(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True))


if __name__ == "__main__":
    main()
