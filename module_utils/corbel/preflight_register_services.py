"""Register of the static checks of networks and of single services."""

from __future__ import annotations

from ansible.module_utils.corbel.preflight_check import Check
from ansible.module_utils.corbel.preflight_finding import WARNING

CHECKS: dict[str, Check] = {
    "INV-020": Check(
        "Address or network that cannot be read or used",
        "Nothing can be compared with it, and services would not start.",
        "Write addresses alone and networks as address/prefix length, such as 192.0.2.0/24.",
    ),
    "INV-021": Check(
        "One address in two places",
        "Both hosts would lose connections at random.",
        "Give one of the two another address.",
        covers=(9,),
    ),
    "INV-022": Check(
        "Address outside its network",
        "The host could not be reached on that network.",
        "Mend the address, or the CIDR in corbel_networks.",
        covers=(11,),
    ),
    "INV-023": Check(
        "Networks that overlap",
        "Packets would leave by the wrong interface.",
        "Give the networks separate ranges.",
        covers=(12,),
    ),
    "INV-024": Check(
        "Virtual address that a host has",
        "The load balancer and the host would fight over it.",
        "Choose an address no host has.",
        covers=(13,),
    ),
    "INV-025": Check(
        "Virtual address outside the management network",
        "No load balancer could answer for it.",
        "Choose an address inside; load balancers hold it on their management interface.",
        covers=(15,),
    ),
    "INV-026": Check(
        "Host without an address on a network it needs",
        "Its services would listen nowhere, or on the wrong network.",
        "Add the network to corbel_networks and an address to corbel_addresses of the host.",
        covers=(23,),
    ),
    "INV-027": Check(
        "Address on an undeclared network",
        "It would be ignored; often the network's name is misspelled.",
        "Declare the network in corbel_networks, or remove the address.",
    ),
    "INV-028": Check(
        "MTU out of range",
        "IPv6 needs 1280; above 9216 most switches drop frames.",
        "Write the MTU of the interfaces on the network; 1500 if unsure.",
        covers=(24,),
    ),
    "INV-029": Check(
        "Range of addresses that cannot be handed out",
        "Neutron would refuse it, or give away a host's address.",
        "Shorten the range, or move the addresses that are in it.",
        covers=(14,),
    ),
    "INV-030": Check(
        "Provider network without a usable bridge or interface",
        "Servers would have no way out, or two bridges would share one interface.",
        "Name the interface of this host that leads to the network, and a bridge of its own.",
        covers=(21,),
    ),
    "INV-031": Check(
        "Ranges of VLANs or tunnels that are wrong or overlap",
        "Neutron's server would not start, or hand out one VLAN twice.",
        "Write first:last in quotes, with 1 <= first <= last, each id in one range.",
        covers=(22,),
    ),
    "INV-032": Check(
        "Network on an unknown physical network",
        "Neutron would refuse to make it, at the end of a run.",
        "Write a name of corbel_provider_networks.",
        covers=(25,),
    ),
    "INV-033": Check(
        "MTU of the tunnel network and of what is inside do not agree",
        "Large packets between servers would be lost without a word, while small ones pass.",
        "Set corbel_networks.tunnel.mtu to what the switches carry; networks of projects get 50 bytes less (IPv6: 70).",
        covers=(24,),
    ),
    "INV-034": Check(
        "Provider network that hosts describe differently",
        "Neutron's server would place a network on hosts that cannot carry it, or not know of it.",
        "Set corbel_provider_networks in group_vars/all; only bridge and interface may differ from host to host.",
        covers=(19, 25),
    ),
    "INV-035": Check(
        "Type of project networks that this cloud cannot have",
        "No project could make a network.",
        "Remove the override: VXLAN with a tunnel network, VLAN with vlan_ranges.",
        covers=(25,),
    ),
    "INV-036": Check(
        "Distributed routers without the agents they need",
        "Servers with a floating address would not be reached, or routers not scheduled.",
        "Point neutron_l3 and neutron_metadata to network and compute in groups.yml; leave the mode of agents to auto.",
        covers=(26,),
    ),
    "INV-037": Check(
        "More agents asked for than there are",
        "A router or a DHCP service that should survive the loss of a host would not.",
        "Add hosts, or remove the line: the usual value follows the number of hosts.",
        covers=(27,),
    ),
    "INV-060": Check(
        "Backend or volume group whose name cannot be used, or is used twice",
        "Cinder would not start the backend, or two would write to one volume group.",
        "Choose another name: letters, digits and _ . -",
    ),
    "INV-061": Check(
        "Backend without what its driver needs, or with what it does not take",
        "Cinder would start it and never bring it up, or pass over the key.",
        "Add what the finding names to the backend, or remove it.",
        covers=(31,),
    ),
    "INV-062": Check(
        "Disk named not at all, twice, or by a name that may change",
        "After a restart the name of the kernel may mean another disk, with other data on it.",
        "Name the disk by its serial number, as lsblk -o NAME,SERIAL shows it.",
    ),
    "INV-063": Check(
        "Initiator name that is none, or that two hosts have",
        "A target lets hosts in by their name; two with one name would share and break each other's sessions.",
        "Remove the line: the usual name is made of the host's.",
    ),
    "INV-064": Check(
        "Disk given to volumes and to object storage",
        "Both would write to it.",
        "Take it out of cinder_volume_backends or out of swift_storage_devices.",
        covers=(8,),
    ),
    "INV-065": Check(
        "Cluster of volume services whose backends cannot be in one",
        "Two hosts would change one volume group at once.",
        "Remove the option cluster: LVM and NFS have no active/active.",
        covers=(31, 32),
    ),
    "INV-070": Check(
        "Device of object storage that cannot be named so",
        "Its name is part of rings, labels and mount points; a disk must be found again after a restart.",
        "Mend the name; what is mounted already keeps the one it has.",
    ),
    "INV-071": Check(
        "Storage policies that Swift does not take",
        "Servers would not start, or objects would not be found.",
        "Mend the policy; one that was used keeps its index and type for ever, deprecated: true retires it.",
        covers=(29,),
    ),
    "INV-072": Check(
        "Ring that cannot be made",
        "Copies or fragments of an object would share a device, or have none.",
        "Add devices to swift_storage_devices, or ask for fewer copies or fragments.",
        covers=(29,),
    ),
    "INV-073": Check(
        "Object storage without an identity service",
        "No client could log in.",
        "Add keystone to corbel_services, or write swift_auth: tempauth.",
        covers=(40,),
    ),
    "INV-074": Check(
        "Change of a secret that stored data depends on",
        "What is stored would not be found, or could not be read.",
        "Leave it as it is for the life of the data.",
        covers=(30,),
    ),
    "INV-080": Check(
        "Domain of stacks that others share",
        "The account that manages it would manage all its users.",
        "Give heat_domain a name of its own.",
    ),
    "INV-081": Check(
        "Setting of the dashboard that cannot work",
        "Pages would fail, or answer to any name.",
        "Write it as docs/dashboard.md describes it.",
    ),
    "INV-090": Check(
        "Override of an option or section that nothing reads",
        "The service ignores it; often the name is misspelled or the section is another.",
        "Write the name as the release has it. Options of drivers of your own: waive INV-090:<variable>.",
        covers=(35,),
    ),
    "INV-091": Check(
        "Override of a deprecated option",
        "A later release will not read it, and an upgrade would silently lose the setting.",
        "Write the new name; where there is none, plan to do without the option.",
        severity=WARNING,
        covers=(35,),
    ),
    "INV-092": Check(
        "Override with a value that the option does not take",
        "The service would refuse to start, or fail when it first reads the option.",
        "Write a value of the kind, and within the choices and bounds, that the finding names.",
        covers=(35,),
    ),
}
