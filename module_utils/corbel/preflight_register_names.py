"""Register of the static checks of names, types, files, groups and secrets."""

from __future__ import annotations

from ansible.module_utils.corbel.preflight_check import Check
from ansible.module_utils.corbel.preflight_finding import WARNING

CHECKS: dict[str, Check] = {
    "INV-001": Check(
        "Unknown or misspelled variable",
        "Ansible ignores a variable that nothing reads; the setting has no effect.",
        "Write the name as docs/variables.md has it. Begin the names of your own variables otherwise, such as site_.",
        covers=(1,),
    ),
    "INV-002": Check(
        "Renamed or removed variable",
        "The old name has no effect any more.",
        "Write the new name, or remove the variable if there is none.",
        covers=(2,),
    ),
    "INV-003": Check(
        "Value of the wrong type",
        'YAML turns 2026.1 into a number and yes into a boolean; a string "false" counts as true.',
        "Write the value in the form that docs/variables.md names; text that looks like a number belongs in quotes.",
        covers=(3,),
    ),
    "INV-004": Check(
        "Value outside its choices or bounds",
        "A service would refuse to start, after other hosts were changed.",
        "Choose one of the values that the finding lists.",
        covers=(4, 18),
    ),
    "INV-005": Check(
        "Unknown or missing key in a structured variable",
        "A misspelled key has no effect; a missing one fails late.",
        "Write the keys as docs/variables.md has them.",
        covers=(1, 19, 21),
    ),
    "INV-006": Check(
        "Required variable not set",
        "The run would stop at the first role that needs it.",
        "Set it: for the whole cloud in group_vars/all, for one host in hosts.yml or host_vars.",
    ),
    "INV-007": Check(
        "File that is not valid YAML",
        "None of its variables would be read.",
        "Mend the syntax in the line named, or just above it; an editor that knows YAML shows it.",
    ),
    "INV-008": Check(
        "Duplicate key",
        "The last one silently wins.",
        "Remove one of the two.",
        covers=(10,),
    ),
    "INV-009": Check(
        "Variable set twice for one group or host",
        "Which one wins depends on where the files are and on their names.",
        "Keep it in one place for each group or host.",
        covers=(10,),
    ),
    "INV-010": Check(
        "Setting of the whole cloud that differs between hosts, or that not all have",
        "Hosts would disagree on addresses, names or services, or the controlling machine would with them.",
        "Set it once, in group_vars/all.",
    ),
    "INV-011": Check(
        "Required group missing or empty",
        "A cloud needs at least one controller, network and compute host.",
        "Add hosts to the group in hosts.yml; one host may be in several groups.",
        covers=(5,),
    ),
    "INV-012": Check(
        "Variable file of no group or host",
        "Ansible does not read it; often its name is misspelled.",
        "Name the file like the group or host, in group_vars or host_vars.",
        covers=(6,),
    ),
    "INV-013": Check(
        "Group missing or misspelled",
        "Plays of groups that do not exist are passed over without an error.",
        "Copy groups.yml of an example inventory beside hosts.yml, and give the folder to -i.",
        covers=(6,),
    ),
    "INV-014": Check(
        "Host in no group",
        "Nothing would be deployed on it.",
        "Add it to controller, network, compute or storage, or remove it.",
    ),
    "INV-015": Check(
        "Service without a host",
        "The catalogue would name endpoints nobody answers, and the load balancer would have no backend.",
        "Point the group to other groups in groups.yml, or take the service out of corbel_services.",
        covers=(41,),
    ),
    "INV-016": Check(
        "Even number of members in a cluster that votes",
        "Two of four, or one of two, is no majority.",
        "Have 1, 3 or 5 of them.",
        covers=(17,),
    ),
    "INV-017": Check(
        "Inventory name that cannot be a host name",
        "Certificates, agents and queues are named after hosts.",
        "Rename the host in the inventory; its address belongs in ansible_host.",
        covers=(42,),
    ),
    "INV-018": Check(
        "Host names that collide",
        "Services know a host by the first label of its name.",
        "Rename one of the two.",
        covers=(42,),
    ),
    "INV-019": Check(
        "Expression without a value",
        "The run would stop at the first task that reads the variable.",
        "Mend the expression, or encrypt the value anew with the vault password in use.",
        covers=(38,),
    ),
    "INV-038": Check(
        "Group with hosts and children",
        "Who reads one of the two lists takes it for the whole.",
        "Put the hosts into a group of their own, and that into the children.",
        severity=WARNING,
        covers=(7,),
    ),
    "INV-039": Check(
        "Host without what a service on it needs",
        "The service would be deployed on a host that nothing prepared, or miss the part that it asks on its own host.",
        "Add the host to controller, network, compute or storage; give groups that belong together the same children.",
        covers=(8, 40),
    ),
    "INV-040": Check(
        "Unknown release",
        "There are no locked packages to install.",
        "Write the name of a folder of releases/, in quotes.",
    ),
    "INV-041": Check(
        "Unknown service",
        "There is nothing to deploy under that name.",
        "Write the name of a file of roles/service_catalogue/defaults/main, each once.",
    ),
    "INV-042": Check(
        "Service without a service it needs",
        "It would start and then answer every request with an error.",
        "Add what it needs to corbel_services, or remove it.",
        covers=(40,),
    ),
    "INV-043": Check(
        "Catalogue entry that does not have the known form",
        "The engine would pass over the key, or fail half-way.",
        "Write the entry as docs/add_a_service.md describes it.",
    ),
    "INV-044": Check(
        "Port taken twice",
        "The second service could not listen.",
        "Give one of them another port.",
    ),
    "INV-045": Check(
        "Domain that cannot be one",
        "Certificates and host names are made from it.",
        "Write it in lower case without a dot at either end, such as cloud.example.com.",
        covers=(28,),
    ),
    "INV-046": Check(
        "Endpoint name that cannot work",
        "Clients compare the name with the certificate.",
        "Write a host name in lower case that no host has, or remove the variable.",
    ),
    "INV-047": Check(
        "Set-up host that is no controller",
        "Steps done once in a cloud would run where their programs are not.",
        "Name a host of the group controller, or remove the variable.",
    ),
    "INV-048": Check(
        "Waiver of a check that does not exist",
        "The check it was meant for still runs.",
        "Write the id as docs/checks.md has it, or remove the line.",
    ),
    "INV-049": Check(
        "Setting without the one it needs",
        "It would have no effect, or fail late.",
        "Set what the finding names, or remove the setting.",
        covers=(40,),
    ),
    "INV-050": Check(
        "Secret in plain text",
        "Whoever reads a copy of the inventory has it.",
        "Encrypt it with ansible-vault, and change it if others could read it.",
        covers=(37,),
    ),
    "INV-051": Check(
        "Empty, weak or reused secret",
        "One that leaks or is guessed opens more than one door.",
        "Rotate it: playbooks/secrets.yml with secrets_rotate, then playbooks/site.yml.",
        covers=(37,),
    ),
    "INV-052": Check(
        "Keys of tokens that are not as many as there should be, or none at all",
        "Hosts would refuse each other's tokens, or Keystone would not start.",
        "Rotate keystone_fernet_keys with playbooks/secrets.yml, and leave max_active_keys alone.",
        covers=(33,),
    ),
}
