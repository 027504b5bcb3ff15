"""Every preflight check: id, what it looks at, why it stops a run. docs/checks.md is made from this table."""

from __future__ import annotations

from ansible.module_utils.corbel import preflight_register_hosts

CHECKS: dict[str, tuple[str, str]] = {
    "INV-001": (
        "Unknown or misspelled variable",
        "Ansible ignores a variable that nothing reads; the setting has no effect.",
    ),
    "INV-002": ("Renamed or removed variable", "The old name has no effect any more."),
    "INV-003": (
        "Value of the wrong type",
        'YAML turns 2026.1 into a number and yes into a boolean; a string "false" counts as true.',
    ),
    "INV-004": (
        "Value outside its choices or bounds",
        "A service would refuse to start, after other hosts were changed.",
    ),
    "INV-005": (
        "Unknown or missing key in a structured variable",
        "A misspelled key has no effect; a missing one fails late.",
    ),
    "INV-006": ("Required variable not set", "The run would stop at the first role that needs it."),
    "INV-007": ("File that is not valid YAML", "None of its variables would be read."),
    "INV-008": ("Duplicate key", "The last one silently wins."),
    "INV-009": (
        "Variable set twice for one group or host",
        "Which one wins depends on where the files are and on their names.",
    ),
    "INV-010": (
        "Setting of the whole cloud that differs between hosts",
        "Hosts would disagree on addresses, names or services.",
    ),
    "INV-011": ("Required group missing or empty", "A cloud needs at least one controller, network and compute host."),
    "INV-012": ("Variable file of no group or host", "Ansible does not read it; often its name is misspelled."),
    "INV-013": ("Group missing or misspelled", "Plays of groups that do not exist are passed over without an error."),
    "INV-014": ("Host in no group", "Nothing would be deployed on it."),
    "INV-015": ("Service without a host", "The catalogue would name endpoints nobody answers."),
    "INV-016": ("Even number of members in a cluster that votes", "Two of four, or one of two, is no majority."),
    "INV-017": ("Inventory name that cannot be a host name", "Certificates, agents and queues are named after hosts."),
    "INV-018": ("Host names that collide", "Services know a host by the first label of its name."),
    "INV-019": ("Expression without a value", "The run would stop at the first task that reads the variable."),
    "INV-020": (
        "Address or network that cannot be read or used",
        "Nothing can be compared with it, and services would not start.",
    ),
    "INV-021": ("One address in two places", "Both hosts would lose connections at random."),
    "INV-022": ("Address outside its network", "The host could not be reached on that network."),
    "INV-023": ("Networks that overlap", "Packets would leave by the wrong interface."),
    "INV-024": ("Virtual address that a host has", "The load balancer and the host would fight over it."),
    "INV-025": ("Virtual address outside the management network", "No load balancer could answer for it."),
    "INV-026": (
        "Host without an address on a network it needs",
        "Its services would listen nowhere, or on the wrong network.",
    ),
    "INV-027": ("Address on an undeclared network", "It would be ignored; often the network's name is misspelled."),
    "INV-028": ("MTU out of range", "IPv6 needs 1280; above 9216 most switches drop frames."),
    "INV-029": (
        "Range of addresses that cannot be handed out",
        "Neutron would refuse it, or give away a host's address.",
    ),
    "INV-032": ("Network on an unknown physical network", "Neutron would refuse to make it, at the end of a run."),
    "INV-030": (
        "Provider network without a usable bridge or interface",
        "Servers would have no way out, or two bridges would share one interface.",
    ),
    "INV-031": (
        "Ranges of VLANs or tunnels that are wrong or overlap",
        "Neutron's server would not start, or hand out one VLAN twice.",
    ),
    "INV-040": ("Unknown release", "There are no locked packages to install."),
    "INV-041": ("Unknown service", "There is nothing to deploy under that name."),
    "INV-042": ("Service without a service it needs", "It would start and then answer every request with an error."),
    "INV-043": (
        "Catalogue entry that does not have the known form",
        "The engine would pass over the key, or fail half-way.",
    ),
    "INV-044": ("Port taken twice", "The second service could not listen."),
    "INV-045": ("Domain that cannot be one", "Certificates and host names are made from it."),
    "INV-046": ("Endpoint name that cannot work", "Clients compare the name with the certificate."),
    "INV-047": (
        "Set-up host that is no controller",
        "Steps done once in a cloud would run where their programs are not.",
    ),
    "INV-048": ("Waiver of a check that does not exist", "The check it was meant for still runs."),
    "INV-060": (
        "Backend or volume group whose name cannot be used, or is used twice",
        "Cinder would not start the backend, or two would write to one volume group.",
    ),
    "INV-061": ("Backend without what its driver needs", "Cinder would start it, and never bring it up."),
    "INV-062": (
        "Disk named not at all, twice, or by a name that may change",
        "After a restart the name of the kernel may mean another disk, with other data on it.",
    ),
    "INV-063": (
        "Initiator name that is none, or that two hosts have",
        "A target lets hosts in by their name; two with one name would share and break each other's sessions.",
    ),
    "INV-070": (
        "Device of object storage that cannot be named so",
        "Its name is part of rings, labels and mount points; a disk must be found again after a restart.",
    ),
    "INV-071": ("Storage policies that Swift does not take", "Servers would not start, or objects would not be found."),
    "INV-072": (
        "Ring that cannot be made",
        "Copies or fragments of an object would share a device, or have none.",
    ),
    "INV-073": ("Object storage without an identity service", "No client could log in."),
    "INV-050": ("Secret in plain text", "Whoever reads a copy of the inventory has it."),
    "INV-080": ("Domain of stacks that others share", "The account that manages it would manage all its users."),
    "INV-081": ("Setting of the dashboard that cannot work", "Pages would fail, or answer to any name."),
    "INV-051": ("Empty, weak or reused secret", "One that leaks or is guessed opens more than one door."),
    **{name: (check.title, check.reason) for name, check in preflight_register_hosts.CHECKS.items()},
}

HEAD = """# Preflight checks

What `playbooks/preflight.yml` checks before anything is changed. Written by `make docs` from
`module_utils/corbel/preflight_register.py`; [preflight.md](preflight.md) says how to read and how to waive a finding.

`INV` checks read the inventory and need no host; `HOST` checks read each host once.

| id | check | why it stops a run |
| --- | --- | --- |
"""


def page() -> str:
    """Give the content of docs/checks.md."""
    return HEAD + "".join(f"| {name} | {title} | {reason} |\n" for name, (title, reason) in sorted(CHECKS.items()))
