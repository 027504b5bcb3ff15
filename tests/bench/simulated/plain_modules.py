"""What modules that come with Ansible answer on a simulated host."""

from __future__ import annotations

import hashlib
from typing import Any

from tests.bench.simulated.state import Host, digest

Arguments = dict[str, Any]
Answer = dict[str, Any]
ATTRIBUTES = ("owner", "group", "mode")
OWNED = {"uid": 0, "gid": 0, "owner": "root", "group": "root"}


def stat(host: Host, arguments: Arguments, _: bool) -> Answer:
    """Say what is at a path; the checksum is that of what was copied there."""
    found = host.get(f"path {arguments['path']}")
    if found is None:
        return {"changed": False, "stat": {"exists": False}}
    folder = found["state"] == "directory"
    known = {"exists": True, "isdir": folder, "isreg": not folder, "islnk": False, "mode": "0644", **OWNED}
    return {"changed": False, "stat": {**known, "path": arguments["path"], "checksum": found.get("checksum")}}


def copy(host: Host, arguments: Arguments, check: bool) -> Answer:
    """Take over an uploaded file; its checksum was noted when it was uploaded."""
    checksum = host.get(f"upload {arguments.get('src')}") or arguments.get("checksum")
    path = arguments["dest"]
    after = {"state": "file", "checksum": checksum, **{key: arguments.get(key) for key in ATTRIBUTES}}
    changed = host.differs(f"path {path}", after, check)
    return {"changed": changed, "dest": path, "checksum": checksum, "state": "file", **OWNED}


def file(host: Host, arguments: Arguments, check: bool) -> Answer:
    """Have a directory, or the owner and mode of a file."""
    path = arguments.get("path") or arguments.get("dest")
    before = host.get(f"path {path}") or {}
    state = arguments.get("state") or before.get("state") or "file"
    after = {**before, "state": state, **{key: arguments.get(key) for key in ATTRIBUTES}}
    changed = host.differs(f"path {path}", after, check)
    return {"changed": changed, "path": path, "state": state, **OWNED}


def named(module: str) -> Any:
    """Answer for modules that bring something to what their options say."""

    def answer(host: Host, arguments: Arguments, check: bool) -> Answer:
        wanted = digest({key: value for key, value in arguments.items() if not key.startswith("_ansible")})
        key = f"{module} {arguments.get('name') or arguments.get('pkg') or wanted}"
        return {"changed": host.differs(key, wanted, check), "name": arguments.get("name"), "status": {}}

    return answer


def command(host: Host, arguments: Arguments, _: bool) -> Answer:
    """Print what the few commands that roles run would print."""
    argv = [str(word) for word in arguments.get("argv") or str(arguments.get("_raw_params")).split()]
    text = ""
    if argv[0] == "ip":
        text = '[{"ifname": "eth0"}]'
    elif argv[0] == "mariadb":
        text = "\n".join(f"{word}\t{name}" for name in host.names.values() for word in ("known", "mapped"))
    return {"changed": True, "rc": 0, "cmd": argv, "stdout": text, "stderr": "", "start": "", "end": "", "delta": ""}


def slurp(host: Host, arguments: Arguments, _: bool) -> Answer:
    return {"changed": False, "content": "c2ltdWxhdGVk", "encoding": "base64", "source": arguments.get("src")}


def succeeds(host: Host, arguments: Arguments, _: bool) -> Answer:
    """Answer for what has no result that anything depends on."""
    return {"changed": False, "status": 200, "matched": 0, "files": []}


def checksum(path: str) -> str:
    """Give the checksum by which Ansible compares files."""
    with open(path, "rb") as content:  # noqa: PTH123  a string of Ansible
        return hashlib.sha1(content.read()).hexdigest()  # noqa: S324  as Ansible has it
