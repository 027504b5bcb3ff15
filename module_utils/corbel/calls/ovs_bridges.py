"""What the module ovs_bridges does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import ovs_state as state
from ansible.module_utils.corbel.ovs_plan import Plan, compute_change
from ansible.module_utils.corbel.ovs_state import Bridge, Host, Link, OvsError

NAME = {"type": "str", "required": True}
KEYS = {"type": "dict", "default": {}}
STATE = {"type": "str", "choices": ["present", "absent"], "default": "present"}
PORT = {
    "name": NAME,
    "type": {"type": "str", "choices": ["system", "internal", "patch"], "default": "system"},
    "peer": {"type": "str"},
    "tag": {"type": "int"},
    "trunks": {"type": "list", "elements": "int"},
    "external_ids": KEYS,
    "other_config": KEYS,
    "state": STATE,
}
BRIDGE = {
    "name": NAME,
    "state": STATE,
    "fail_mode": {"type": "str", "choices": ["secure", "standalone"]},
    "datapath_type": {"type": "str", "choices": ["system", "netdev"]},
    "external_ids": KEYS,
    "other_config": KEYS,
    "ports": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": PORT,
        "required_if": [("type", "patch", ("peer",))],
    },
}
ARGUMENTS: dict[str, Any] = {
    "bridges": {"type": "list", "elements": "dict", "required": True, "options": BRIDGE},
    "purge_ports": {"type": "bool", "default": False},
    "protect": {"type": "list", "elements": "str", "default": []},
    "required_features": {"type": "dict", "default": {}},
    "database": {"type": "str"},
    "timeout": {"type": "int", "default": 30},
}
# What ovs-vsctl ends with when the alarm of --timeout kills it; a shell in between adds 128.
TIMED_OUT = (-14, 142)


def vsctl(module: AnsibleModule, arguments: list[str]) -> tuple[int, str, str]:
    """Run ovs-vsctl."""
    program = module.get_bin_path("ovs-vsctl")
    if program is None:
        return 127, "", "ovs-vsctl is not installed; install openvswitch-switch first"
    options = [f"--timeout={module.params['timeout']}"]
    if module.params["database"]:
        options.append(f"--db={module.params['database']}")
    code, stdout, stderr = module.run_command([program, *options, *arguments], expand_user_and_vars=False)
    return code, stdout, stderr.strip()


def read_bridges(module: AnsibleModule) -> dict[str, Bridge]:
    """The bridges there are; none in check mode on a host whose switch does not run yet."""
    code, stdout, stderr = vsctl(module, state.read_command())
    if code == 0:
        return state.parse_tables(stdout)
    if module.check_mode:
        return {}
    raise OvsError(
        f"the database of Open vSwitch does not answer ({stderr or f'status {code}'}); "
        "look at openvswitch-switch.service and ovsdb-server.service"
    )


def ip(module: AnsibleModule, *arguments: str) -> str:
    """What the tool ip answers; nothing if the answer is an error."""
    program = module.get_bin_path("ip")
    if program is None:
        raise OvsError("the program ip is not installed; install iproute2")
    code, stdout, _ = module.run_command([program, "-json", "-details", *arguments])
    return stdout if code == 0 else ""


def ssh_connection(process: int) -> str:
    """SSH_CONNECTION of a process or of the nearest one above it: sudo does not hand it on."""
    found = ""
    while not found and process > 1:
        try:
            entries = Path(f"/proc/{process}/environ").read_bytes().split(b"\0")
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            break
        found = next(
            (entry.decode().partition("=")[2] for entry in entries if entry.startswith(b"SSH_CONNECTION=")), ""
        )
        process = int(fields[1])
    return found


def protected(module: AnsibleModule, links: dict[str, Link], bridges: dict[str, Bridge]) -> dict[str, str]:
    """Interfaces that must not be touched, with the reason."""
    starts: dict[str, str] = {}
    client, server = state.ssh_addresses(ssh_connection(os.getpid()))
    for name in state.holders(links, server):
        starts[name] = f"carries the SSH connection of this run (address {server})"
    if client:
        device = state.route_device(ip(module, "route", "get", client))
        if device:
            starts.setdefault(device, f"carries the SSH connection of this run (route to {client})")
    for wish in module.params["protect"]:
        address = state.plain_address(wish)
        if not address and wish not in links:
            raise OvsError(f"'protect' lists '{wish}', which is neither an address nor an interface of this host")
        for name in state.holders(links, address) if address else [wish]:
            starts.setdefault(name, f"carries '{wish}', which 'protect' lists")
    return state.protect(starts, links, bridges)


def check_features(module: AnsibleModule, there: Collection[str]) -> bool:
    """Refuse a datapath that lacks a feature; say whether there was one to ask. Bridges of a type share theirs."""
    required = module.params["required_features"]
    wanted = [item["name"] for item in module.params["bridges"] if item["state"] == "present"]
    name = next((name for name in wanted if name in there), "")
    if not (required and name):
        return False
    program = module.get_bin_path("ovs-appctl", required=True)
    command = [program, f"--timeout={module.params['timeout']}", "dpif/show-dp-features", name]
    code, stdout, stderr = module.run_command(command)
    if code != 0:
        raise OvsError(f"the switch does not tell its features ({stderr.strip()}); look at ovs-vswitchd.service")
    if lacking := state.lacking_features(stdout, required, name):
        raise OvsError("; ".join(lacking))
    return True


def apply(module: AnsibleModule, plan: Plan) -> None:
    """Change everything in one transaction, then bring the interfaces up."""
    if plan.commands:
        code, _, stderr = vsctl(module, plan.transaction())
        if code in TIMED_OUT:
            raise OvsError(
                f"the database has the change and ovs-vswitchd did not take it up in {module.params['timeout']} "
                "seconds; look at ovs-vswitchd.service, or raise 'timeout'"
            )
        if code != 0:
            raise OvsError(f"ovs-vsctl ended with status {code} and nothing was changed: {stderr}")
        if "Error detected" in stderr:
            raise OvsError(f"the switch cannot use a port ({stderr}); look at the journal of ovs-vswitchd.service")
    for name in plan.up:
        code, _, stderr = module.run_command([module.get_bin_path("ip", required=True), "link", "set", name, "up"])
        if code != 0:
            raise OvsError(f"the interface '{name}' is in its bridge and cannot be brought up: {stderr.strip()}")


def execute(module: AnsibleModule) -> None:
    """Compare, refuse or change."""
    try:
        bridges = read_bridges(module)
        links = state.parse_links(ip(module, "address", "show"))
        host = Host(bridges, links, protected(module, links, bridges))
        plan = compute_change(host, module.params["bridges"], module.params["purge_ports"])
        checked = check_features(module, bridges)
        if not module.check_mode:
            apply(module, plan)
            if not checked:
                check_features(module, [item["name"] for item in module.params["bridges"]])
        module.exit_json(
            changed=bool(plan.changes),
            changes=plan.changes,
            command=["ovs-vsctl", *plan.transaction()] if plan.commands else [],
            protected=host.protected,
            diff={"before": plan.before, "after": plan.after},
        )
    except OvsError as error:
        module.fail_json(msg=f"ovs_bridges: {error}")
