"""Register of the checks of hosts: of each by itself, of paths, programs, disks and certificates.

Where a check has findings of both severities, the worse one stands here.
"""

from __future__ import annotations

from ansible.module_utils.corbel import preflight_register_machines
from ansible.module_utils.corbel.preflight_check import Check
from ansible.module_utils.corbel.preflight_finding import ERROR, WARNING

CHECKS: dict[str, Check] = {
    **preflight_register_machines.CHECKS,
    "HOST-050": Check(
        "Paths between hosts",
        "A service that cannot be reached fails late, at its first request.",
        "Open the port in the packet filter, or mend the route.",
        ERROR,
        (60, 93),
    ),
    "HOST-051": Check(
        "MTU of paths",
        "Connections open, and hang when the first large packet is lost.",
        "Raise the MTU of the switches between, or lower it on the hosts and in corbel_networks.",
        ERROR,
        (61,),
    ),
    "HOST-052": Check(
        "Default gateway answers",
        "Packages and time usually come from outside.",
        "Mend the gateway in the network settings of the host, or the VLAN of that interface.",
        WARNING,
        (62,),
    ),
    "HOST-053": Check(
        "Duplicate addresses",
        "Two machines with one address lose connections at random.",
        "Give one of the two machines another address.",
        ERROR,
        (65,),
    ),
    "HOST-054": Check(
        "Virtual addresses are free",
        "Another machine would answer the cloud's clients.",
        "Take the address from that machine, or choose another virtual address.",
        ERROR,
        (66,),
    ),
    "HOST-055": Check(
        "Sources of packages answer",
        "The run would stop at the first package.",
        "Mend the name server, the proxy or the source.",
        WARNING,
        (64,),
    ),
    "HOST-056": Check(
        "Names of endpoints",
        "Clients reach the endpoints by them.",
        "Enter the name at the name server.",
        WARNING,
        (63,),
    ),
    "HOST-060": Check(
        "Programs that fight with the cloud's",
        "They undo what a run did, or do what it does.",
        "Run systemctl disable --now of that unit on the host.",
        WARNING,
        (80, 86),
    ),
    "HOST-061": Check(
        "Virtual machines of others",
        "Nova does not count what they take.",
        "Move them to another host, or have Nova leave room for them.",
        WARNING,
        (86,),
    ),
    "HOST-062": Check(
        "SELinux",
        "There is no policy for the cloud's services; it would stop them at random.",
        "Set SELinux to permissive.",
        WARNING,
        (87,),
    ),
    "HOST-063": Check(
        "Restart of the host",
        "A kernel whose modules are gone cannot load them; fixed libraries are not in use.",
        "Restart the host, a hypervisor after its servers have moved.",
        WARNING,
        (88,),
    ),
    "HOST-064": Check(
        "Packages on hold",
        "apt would not install the version it needs.",
        "Run apt-mark unhold on the host.",
        WARNING,
        (88,),
    ),
    "HOST-065": Check(
        "Sources of packages",
        "Packages of another release bring libraries that nothing was tested with.",
        "Remove the source of another release.",
        WARNING,
        (89,),
    ),
    "HOST-066": Check(
        "Kernel settings",
        "What the cloud sets would be gone after a restart.",
        "Remove the line in the other file, or set the value with host_base_sysctl.",
        WARNING,
        (90,),
    ),
    "HOST-067": Check(
        "Open files",
        "Programs fail when the kernel gives no more.",
        "Raise fs.file-max with host_base_sysctl, or stop the program that leaks.",
        WARNING,
        (91,),
    ),
    "HOST-068": Check(
        "Packet filter",
        "Ports that are closed between hosts fail late, at the first request.",
        "Open the ports between the hosts, or disable it.",
        WARNING,
        (93,),
    ),
    "HOST-069": Check(
        "Accounts of services",
        "A service would share its files with a person or another program.",
        "Rename the other account, or give it another number.",
        ERROR,
        (59, 94),
    ),
    "HOST-070": Check(
        "Disks",
        "A disk that holds something is not given up; one that is not there cannot be used.",
        "Mend the name, plug the disk in, name another, or name its contents as expendable.",
        ERROR,
        (106, 108, 111),
    ),
    "HOST-071": Check(
        "Volume groups are Cinder's alone",
        "Cinder counts all of it as its own.",
        "Move them to another volume group.",
        WARNING,
        (107,),
    ),
    "HOST-072": Check(
        "Errors of disks",
        "A file system that failed takes no writes; the next error loses data.",
        "Look at the kernel's messages, check the file system, replace the disk.",
        ERROR,
        (113,),
    ),
    "HOST-073": Check(
        "Room in volume groups",
        "A pool that is full stops every volume in it.",
        "Add a disk to the backend, or extend the metadata of the pool.",
        WARNING,
        (107, 114),
    ),
    "HOST-074": Check(
        "Writes reach the disk",
        "A database waits for the disk at each of its changes.",
        "Use a faster disk, or raise the limit in preflight_writes.",
        WARNING,
        (77,),
    ),
    "HOST-080": Check(
        "Certificates are valid",
        "Hosts and clients refuse the others.",
        "site.yml mends it; look at the clock of the host if the certificate seems new.",
        WARNING,
        (115, 116),
    ),
    "HOST-081": Check(
        "Certificate, key and authority",
        "Services would not start, or nobody would believe them.",
        "site.yml mends it.",
        WARNING,
        (115, 116),
    ),
    "HOST-082": Check(
        "Names in certificates",
        "Who connects to an address that is not in it is refused.",
        "site.yml mends it.",
        WARNING,
        (97, 116),
    ),
    "HOST-083": Check(
        "Modes of keys", "Whoever reads a key can pass for the host.", "site.yml mends it.", WARNING, (119,)
    ),
    "HOST-084": Check(
        "End of the authority",
        "All certificates end with it, and every client must trust the next one before.",
        "Move certificates_directory of the inventory aside, run site.yml, and give clients the new ca.pem.",
        ERROR,
        (117,),
    ),
    "HOST-085": Check(
        "One authority",
        "Hosts of two authorities refuse each other.",
        "site.yml mends it, run without --limit.",
        WARNING,
        (118,),
    ),
    "HOST-086": Check(
        "Keys of Keystone",
        "What one host signs or encrypts, the others cannot read.",
        "site.yml mends it, run without --limit.",
        WARNING,
        (121, 122),
    ),
}
