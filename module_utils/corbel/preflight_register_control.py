"""Register of the checks of the controlling machine."""

from __future__ import annotations

from ansible.module_utils.corbel.preflight_check import Check
from ansible.module_utils.corbel.preflight_finding import WARNING

CHECKS: dict[str, Check] = {
    "CTL-001": Check(
        "Ansible of a series that was not tested",
        "Modules and templates may behave otherwise, on all hosts at once.",
        "Use the ansible-playbook of .venv, which make venv makes.",
        covers=(39,),
    ),
    "CTL-002": Check(
        "Library or collection in another version than tested",
        "What differs was not tried; a collection in ~/.ansible hides the one that was.",
        "Make .venv anew with make venv; install collections from requirements.yml, or none at all.",
        severity=WARNING,
        covers=(39,),
    ),
    "CTL-003": Check(
        "Room on the disks of the controlling machine",
        "Secrets and certificates could not be written, after hosts were changed.",
        "Free space; releases can lie elsewhere with CORBEL_CACHE.",
        covers=(44,),
    ),
    "CTL-004": Check(
        "Limits too low for the forks",
        "Connections would fail at random in the middle of a run.",
        "Raise the limit, or have fewer forks (ansible.cfg, --forks).",
        severity=WARNING,
        covers=(45,),
    ),
    "CTL-005": Check(
        "Host keys that are unknown or taken unseen",
        "A stranger between the machines could be given every secret; a run that asks for a key waits for an answer.",
        "Fill known_hosts from a source you trust, and leave host_key_checking on.",
        severity=WARNING,
        covers=(46,),
    ),
    "CTL-006": Check(
        "Release that is not built, or not whole",
        "Hosts could not receive its programs.",
        "Run make release.",
        severity=WARNING,
        covers=(48,),
    ),
    "CTL-007": Check(
        "Checkout with changes of its own, or without a tag",
        "What was deployed could not be told later, or had again.",
        "Commit the changes, and deploy from a tag.",
        severity=WARNING,
        covers=(50,),
    ),
}
