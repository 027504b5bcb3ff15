"""Every preflight check: id, what it looks at, why it stops a run. docs/checks.md is made from this table."""

from __future__ import annotations

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
    "HOST-001": ("Operating system", "Roles and packages are made and tested for the systems named."),
    "HOST-002": ("Architecture", "The packages of a release are built for one architecture."),
    "HOST-003": ("systemd is the first process", "Every service is a unit."),
    "HOST-004": ("Unified control groups", "Units are limited and sandboxed by cgroup v2."),
    "HOST-005": ("Rights of root", "Nothing can be installed without them."),
    "HOST-006": ("Python of the host", "Modules need Python 3.11."),
    "HOST-007": ("Package python3-apt", "Packages are installed through it."),
    "HOST-008": ("Interrupted package installation", "apt refuses to install anything until it is finished."),
    "HOST-010": ("Memory", "The kernel would kill services at random."),
    "HOST-011": ("Size of the disk", "Databases, images or servers would fill it."),
    "HOST-012": ("Free room", "A full disk stops a database in the middle of a change."),
    "HOST-013": ("Kernel modules", "Switch, overlay or storage would not start."),
    "HOST-014": ("Host name", "Agents and queues register under it; a later change leaves dead ones behind."),
    "HOST-015": ("Machine id", "Addresses from DHCP and the journal depend on it."),
    "HOST-016": ("Name servers", "Packages could not be fetched."),
    "HOST-020": ("Declared addresses are on an interface", "Services would listen nowhere."),
    "HOST-021": ("Provider interfaces", "Putting the interface of the SSH connection into a bridge cuts the host off."),
    "HOST-022": ("Ports are free or our own", "A service could not listen."),
    "HOST-030": ("Clock", "Tokens and certificates of the future are refused; Galera and RabbitMQ misjudge time-outs."),
    "HOST-031": ("Machine id of its own", "Clones take each other's addresses and share an identity in the journal."),
    "HOST-041": ("SSH", "A host that does not answer would be left behind by a change of all others."),
    "HOST-042": ("The host can be read", "Modules cannot run on it."),
    "HOST-009": ("Kernel", "Services are tested with the kernel of their distribution; older ones lack what they use."),
    "HOST-017": ("Processors", "Services of a control plane would wait for each other and miss their time-outs."),
    "HOST-018": ("Hardware virtualization", "With nova_compute_virt_type kvm no server would start."),
    "HOST-019": ("Swap in use", "A database or queue that waits for the disk misses its time-outs."),
    "HOST-023": ("Interfaces are up", "An address on an interface without a carrier is reached by nobody."),
    "HOST-024": ("MTU of interfaces", "Packets as large as the network should carry would be lost."),
    "HOST-025": ("Prefix of addresses", "Hosts would look for each other behind a router, or not at all."),
    "HOST-026": ("Members of bonds", "The next cable that fails takes the host off the network."),
    "HOST-027": ("Cards in provider bridges", "Two cards in one bridge make a loop, or join two networks."),
    "HOST-028": ("Router advertisements", "Packets would leave by a network that is only for tunnels or storage."),
    "HOST-029": ("Default route", "Packages and time usually come from outside."),
    "HOST-032": ("Time is kept", "A clock that nobody keeps drifts until tokens and certificates are refused."),
    "HOST-033": ("Clocks of hosts agree", "Agents look dead, and tokens come from the future."),
    "HOST-034": ("Time zone", "Times that operators compare would differ between hosts."),
    "HOST-035": ("Product UUID of its own", "libvirt takes two hypervisors with one UUID for the same."),
    "HOST-036": ("Virtual addresses", "Clients reach one host or another, or none."),
    "HOST-037": ("Compute id of its own", "A copied hypervisor takes over the other's record in Nova."),
    "HOST-043": ("Limits of the SSH server", "A task that several hosts delegate to one would be refused."),
    "HOST-044": ("requiretty", "Ansible has no terminal when it pipelines its modules."),
    "HOST-045": ("Lines in /etc/hosts", "A run writes the file anew, and names that are needed would be gone."),
    "HOST-050": ("Paths between hosts", "A service that cannot be reached fails late, at its first request."),
    "HOST-051": ("MTU of paths", "Connections open, and hang when the first large packet is lost."),
    "HOST-052": ("Default gateway answers", "Packages and time usually come from outside."),
    "HOST-053": ("Duplicate addresses", "Two machines with one address lose connections at random."),
    "HOST-054": ("Virtual addresses are free", "Another machine would answer the cloud's clients."),
    "HOST-055": ("Sources of packages answer", "The run would stop at the first package."),
    "HOST-056": ("Names of endpoints", "Clients reach the endpoints by them."),
    "HOST-060": ("Programs that fight with the cloud's", "They undo what a run did, or do what it does."),
    "HOST-061": ("Virtual machines of others", "Nova does not count what they take."),
    "HOST-062": ("SELinux", "There is no policy for the cloud's services; it would stop them at random."),
    "HOST-063": (
        "Restart of the host",
        "A kernel whose modules are gone cannot load them; fixed libraries are not in use.",
    ),
    "HOST-064": ("Packages on hold", "apt would not install the version it needs."),
    "HOST-065": ("Sources of packages", "Packages of another release bring libraries that nothing was tested with."),
    "HOST-066": ("Kernel settings", "What the cloud sets would be gone after a restart."),
    "HOST-067": ("Open files", "Programs fail when the kernel gives no more."),
    "HOST-068": ("Packet filter", "Ports that are closed between hosts fail late, at the first request."),
    "HOST-069": ("Accounts of services", "A service would share its files with a person or another program."),
    "HOST-070": ("Disks", "A disk that holds something is not given up; one that is not there cannot be used."),
    "HOST-071": ("Volume groups are Cinder's alone", "Cinder counts all of it as its own."),
    "HOST-072": ("Errors of disks", "A file system that failed takes no writes; the next error loses data."),
    "HOST-073": ("Room in volume groups", "A pool that is full stops every volume in it."),
    "HOST-074": ("Writes reach the disk", "A database waits for the disk at each of its changes."),
    "HOST-080": ("Certificates are valid", "Hosts and clients refuse the others."),
    "HOST-081": ("Certificate, key and authority", "Services would not start, or nobody would believe them."),
    "HOST-082": ("Names in certificates", "Who connects to an address that is not in it is refused."),
    "HOST-083": ("Modes of keys", "Whoever reads a key can pass for the host."),
    "HOST-084": (
        "End of the authority",
        "All certificates end with it, and every client must trust the next one before.",
    ),
    "HOST-085": ("One authority", "Hosts of two authorities refuse each other."),
    "HOST-086": ("Keys of Keystone", "What one host signs or encrypts, the others cannot read."),
    "INV-050": ("Secret in plain text", "Whoever reads a copy of the inventory has it."),
    "INV-080": ("Domain of stacks that others share", "The account that manages it would manage all its users."),
    "INV-081": ("Setting of the dashboard that cannot work", "Pages would fail, or answer to any name."),
    "INV-051": ("Empty, weak or reused secret", "One that leaks or is guessed opens more than one door."),
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
