"""What a node knows of its Galera cluster, and allowing it to make one. Runs on the host of the database."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NO_CLUSTER = "00000000-0000-0000-0000-000000000000"
UNKNOWN = -1
SYSTEM_FOLDERS = frozenset({"mysql", "performance_schema", "sys", "test", "lost+found"})
POSITION = re.compile(r"--wsrep_start_position=([0-9a-f-]{36}):(-?\d+)")
STATUS = """
SELECT 'wsrep_on', @@global.wsrep_on;
SHOW GLOBAL STATUS WHERE Variable_name IN
('wsrep_cluster_status', 'wsrep_cluster_size', 'wsrep_cluster_state_uuid', 'wsrep_last_committed');
"""
ENVIRONMENT_FILE = re.compile(r"^EnvironmentFile=-?(\S*wsrep-new-cluster)$", re.MULTILINE)
NEW_CLUSTER = "_WSREP_NEW_CLUSTER='--wsrep-new-cluster'\n"


class GaleraError(Exception):
    """A step failed; the message says what was found and what mends it."""


@dataclass(frozen=True)
class Node:
    """Where the files of a node are."""

    data: Path = Path("/var/lib/mysql")
    run: Path = Path("/run/mysqld")
    unit: Path = Path("/usr/lib/systemd/system/mariadb.service")

    @property
    def state_file(self) -> Path:
        return self.data / "grastate.dat"

    @property
    def environment_file(self) -> Path:
        """Read by the unit of the database, which removes it when the server is up and knows where it is.

        The package had it in the server's own folder, and since 11.8.9 in one that the server cannot write.
        """
        named = ENVIRONMENT_FILE.search(_text(self.unit))
        return Path(named[1]) if named else self.run / "wsrep-new-cluster"


def parse_state(text: str) -> dict[str, str]:
    """Key to value of a grastate.dat."""
    pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, value in pairs}


def parse_status(text: str) -> dict[str, str]:
    """Name to value of what the server answered."""
    return dict(line.split("\t", 1) for line in text.splitlines() if "\t" in line)


def allow_bootstrap(text: str) -> str:
    """The text of a grastate.dat that lets its node make the cluster."""
    return re.sub(r"^safe_to_bootstrap:.*$", "safe_to_bootstrap: 1", text, flags=re.MULTILINE)


def read(node: Node) -> dict[str, Any]:
    """What the server says, or, if it does not run, what its files say."""
    answer = _run(
        ["mariadb", "--no-defaults", f"--socket={node.run}/mysqld.sock", "--batch", "--skip-column-names"], STATUS
    )
    if answer is not None:
        status = parse_status(answer)
        return {
            "running": True,
            "replicates": status.get("wsrep_on") in ("1", "ON"),
            "primary": status.get("wsrep_cluster_status") == "Primary",
            "cluster": status.get("wsrep_cluster_state_uuid", ""),
            "position": int(status.get("wsrep_last_committed") or UNKNOWN),
            "safe": False,
            "data": has_data(node),
        }
    state = parse_state(_text(node.state_file))
    cluster = state.get("uuid", "")
    position = int(state.get("seqno", UNKNOWN))
    if cluster not in ("", NO_CLUSTER) and position == UNKNOWN:
        position = _recover(cluster)
    return {
        "running": False,
        "replicates": False,
        "primary": False,
        "cluster": "" if cluster == NO_CLUSTER else cluster,
        "position": position,
        "safe": state.get("safe_to_bootstrap") == "1",
        "data": has_data(node),
    }


def has_data(node: Node) -> bool:
    """Whether there are databases beyond those of the server itself."""
    if not node.data.is_dir():
        return False
    return any(
        entry.is_dir() and entry.name not in SYSTEM_FOLDERS and not entry.name.startswith((".", "#"))
        for entry in node.data.iterdir()
    )


def bootstrap_needs(node: Node) -> list[str]:
    """The files that must change before the node may make the cluster."""
    text = _text(node.state_file)
    needs = [str(node.state_file)] if allow_bootstrap(text) != text else []
    return needs + ([str(node.environment_file)] if _text(node.environment_file) != NEW_CLUSTER else [])


def bootstrap(node: Node) -> None:
    """Let the next start of the server make the cluster."""
    text = _text(node.state_file)
    if allow_bootstrap(text) != text:
        # Written in place: the file must stay the server's own.
        node.state_file.write_text(allow_bootstrap(text))
    if not node.run.is_dir():
        raise GaleraError(
            f"found no folder {node.run}, expected that of MariaDB; run 'systemd-tmpfiles --create' there"
        )
    node.environment_file.write_text(NEW_CLUSTER)


def _recover(cluster: str) -> int:
    """The position of a node that did not stop in order, from its data."""
    answer = _run(["galera_recovery"])
    match = POSITION.search(answer or "")
    if not match or match[1] != cluster:
        raise GaleraError(
            "found a node that died and whose position cannot be read, expected 'galera_recovery' to print one; "
            "if the server is just starting, wait and run again, else see 'journalctl -u mariadb' on this host"
        )
    return int(match[2])


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:
        return ""


def _run(command: list[str], text: str = "") -> str | None:
    """The output of a program, or nothing if it is missing or fails."""
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, cwd="/")
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None
