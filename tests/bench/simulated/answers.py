"""From what Ansible sends to a host to what the host answers."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Callable
from typing import Any

from ansible.module_utils.corbel import bundle_payload

from tests.bench.simulated import certificates, own_modules, plain_modules
from tests.bench.simulated.state import Host

# Where this is set, a host takes for its own what it is compared with, as if an earlier run had deployed it.
ADOPT = "CORBEL_BENCH_ADOPT"
TEMPORARY = re.compile(r"(ansible-tmp-[\w.-]+)")
ACCOUNTS = ("database_account", "queue_account", "keystone_resources", "schema_migration", "ovs_bridges")
PLAIN = ("apt", "user", "group", "systemd", "systemd_service", "modprobe")
WITHOUT_RESULT = ("uri", "haproxy", "find", "ping", "galera_bootstrap")
Module = Callable[[Host, dict[str, Any], bool], dict[str, Any]]


def comparison(host: Host, arguments: dict[str, Any], _: bool) -> dict[str, Any]:
    """Answer all questions of a comparison, each as its module would."""
    payload = bundle_payload.unpack(arguments["payload"])
    unfinished = host.get("unfinished", [])
    if "unfinished" in payload:
        host.put("unfinished", payload["unfinished"])
    answers = []
    for question in payload["questions"]:
        name, asked, check = question["module"], question["arguments"], bool(question["check"])
        if os.environ.get(ADOPT) and check:
            answer(host, name, asked, False)
            host.put("pending", {})
        answers.append(answer(host, name, asked, check))
    return {"changed": False, "answers": answers, "unfinished": unfinished}


MODULES: dict[str, Module] = {
    **{name: own_modules.remembered(name) for name in ACCOUNTS},
    **{name: plain_modules.named(name) for name in PLAIN},
    **dict.fromkeys(WITHOUT_RESULT, plain_modules.succeeds),
    **{
        function.__name__: function
        for function in (
            certificates.host_certificate,
            own_modules.galera_node_info,
            own_modules.host_check,
            own_modules.host_paths,
            own_modules.hypervisor_info,
            own_modules.release,
            own_modules.run_lock,
            own_modules.service_bundle,
            own_modules.service_units,
            own_modules.storage_disks,
            own_modules.swift_devices,
            own_modules.swift_ring,
            own_modules.swift_ring_files,
            own_modules.volume_group,
            plain_modules.command,
            plain_modules.copy,
            plain_modules.file,
            plain_modules.slurp,
            plain_modules.stat,
        )
    },
    "host_comparison": comparison,
}


def answer(host: Host, module: str, arguments: dict[str, Any], check: bool) -> dict[str, Any]:
    """Answer one call; a module that nobody taught the simulation is an error with its name."""
    if module not in MODULES:
        return {
            "failed": True,
            "msg": f"simulated host {host.name}: found a call of {module}, expected one of "
            f"{', '.join(sorted(MODULES))}; teach tests/bench/simulated/answers.py what it answers",
        }
    return MODULES[module](host, arguments, check)


def called(script: bytes) -> tuple[str, dict[str, Any]]:
    """Give name and arguments of the module in a script that Ansible sends."""
    start = script.rfind(b"\n    _ansiballz_main(\n")
    fields = dict.fromkeys((b"module_fqn", b"params"), "")
    for name in fields:
        begin = script.find(b"\n" + name + b"=", start)
        if start < 0 or begin < 0:
            raise ValueError(
                f"found no {name.decode()} in what Ansible sent, expected a module in Ansible's own wrapper"
            )
        line = script[begin + len(name) + 2 : script.index(b"\n", begin + 1)].removesuffix(b",")
        fields[name] = str(ast.literal_eval(line.decode()))
    arguments: dict[str, Any] = json.loads(fields[b"params"])["ANSIBLE_MODULE_ARGS"]
    return fields[b"module_fqn"].rpartition(".")[2], arguments


def run_module(host: Host, script: bytes) -> bytes:
    """Print what the module prints."""
    name, arguments = called(script)
    check = bool(arguments.get("_ansible_check_mode"))
    return json.dumps(answer(host, name, arguments, check)).encode() + b"\n"


def run_shell(command: str) -> bytes:
    """Print what the shell prints: the home, or the temporary folder that was made."""
    if found := TEMPORARY.search(command):
        return f"{found[1]}=/var/tmp/{found[1]}\n".encode()
    return b"/var/tmp\n"
