"""What a host has of a cloud, in words that two runs can be compared by. Reads only; runs on the host."""

from __future__ import annotations

import grp
import hashlib
import json
import pwd
import stat
from collections.abc import Iterable
from pathlib import Path

from ansible.module_utils.corbel import bundle_record, cloud_digest_sql, haproxy_admin
from ansible.module_utils.corbel.bundle_host import Host
from ansible.module_utils.corbel.bundle_record import Record
from ansible.module_utils.corbel.bundle_systemd import UnitState, show
from ansible.module_utils.corbel.bundle_units import DIGESTS, RUNNING

# Part of the cloud, then the thing, then how it is.
Digest = dict[str, dict[str, str]]

# What a new host, or a new certificate, has of its own: only owner and mode are compared.
OWN_CONTENT = {
    "/var/lib/nova/.ssh/known_hosts": "lists the host keys of the hypervisors, which a new host makes",
    "/etc/corbel/tls/host.pem": "has a serial number and dates; the digest says whether it is good",
    "/etc/corbel/tls/host.key": "is made on the host",
    "/etc/corbel/tls/queue.pem": "as host.pem",
    "/etc/corbel/tls/queue.key": "as host.key",
}
TLS = Path("/etc/corbel/tls")
RELEASES = Path("/opt/corbel/releases")
DATABASE_SOCKET = Path("/run/mysqld/mysqld.sock")
PROXY_SOCKET = Path("/run/haproxy/admin.sock")
RINGS = Path("/etc/swift")
# Ports that agents and servers make and remove as networks and servers come and go.
PASSING_PORTS = ("tap", "qvo", "qr-", "qg-", "ha-", "sg-", "fg-", "fpr-", "rfp-", "vxlan-", "o-hm")
LONG = 120.0


def collect(host: Host) -> Digest:
    """Read everything; a part whose program is not on this host is empty."""
    records = bundle_record.read_all(host.tree)
    found: Digest = {
        "record": {name: _of_record(record) for name, record in records.items()},
        "file": {path: of_path(path, path not in OWN_CONTENT) for path in _files(records.values())},
        "directory": {path: of_path(path, False) for one in records.values() for path in one.directories},
        "unit": units(host, records.values()),
        "package": packages(host, records.values()),
        "account": {user: account(user) for one in records.values() for user in one.users},
        "certificate": certificates(host),
        "release": markers(),
        "bridge": bridges(host),
        "volume_group": volume_groups(host),
        "queue": queue(host) if "rabbitmq" in records else {},
        "load_balancer": load_balancer(),
        "ring": {path.name: sha(path.read_bytes()) for path in sorted(RINGS.glob("*.ring.gz"))},
    }
    if DATABASE_SOCKET.exists():
        found |= cloud_digest_sql.read(lambda sql: ask_database(host, sql))
    return found


def sha(content: bytes) -> str:
    """A content in few letters."""
    return hashlib.sha256(content).hexdigest()[:16]


def _of_record(record: Record) -> str:
    return f"{'complete' if record.complete else 'incomplete'} {record.release or '-'}"


def _files(records: Iterable[Record]) -> list[str]:
    own = {path for path in OWN_CONTENT if Path(path).exists()}
    return sorted({path for record in records for path in record.files} | own)


def of_path(path: str, content: bool) -> str:
    """Owner, group, mode and, of a file, the content."""
    place = Path(path)
    try:
        status = place.lstat()
        text = sha(place.read_bytes()) if content and stat.S_ISREG(status.st_mode) else ""
    except OSError:
        return "absent"
    kind = "link " if stat.S_ISLNK(status.st_mode) else ""
    mode = f"{stat.S_IMODE(status.st_mode):04o}"
    return f"{kind}{_user(status.st_uid)}:{_group(status.st_gid)} {mode} {text}".strip()


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def account(name: str) -> str:
    """An account without its numbers, which depend on the order in which packages came."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return "absent"
    groups = sorted(group.gr_name for group in grp.getgrall() if name in group.gr_mem)
    return f"{_group(entry.pw_gid)} [{' '.join(groups)}] {entry.pw_dir} {entry.pw_shell}"


def units(host: Host, records: Iterable[Record]) -> dict[str, str]:
    """Whether units are enabled and active, and run what is configured."""
    listed = {name: unit.state for record in records for name, unit in record.units.items()}
    states = show(host, sorted(listed)) if listed else {}
    tree = host.tree
    return {
        # What may be in any state is started by others, and nobody notes what it runs.
        name: state.file or "-"
        if listed[name] == "any"
        else of_unit(state, tree.text(f"{DIGESTS}/{name}"), tree.text(f"{RUNNING}/{name}"))
        for name, state in sorted(states.items())
    }


def of_unit(state: UnitState, wanted: str | None, running: str | None) -> str:
    """A unit in words. A digest covers certificates, so that of one host says nothing of another's."""
    runs = "as configured" if wanted == running else "something else"
    return f"{state.file or '-'} {state.active} runs {runs if state.running else 'nothing'}"


def packages(host: Host, records: Iterable[Record]) -> dict[str, str]:
    """State and version of the packages that bundles list."""
    names = sorted({name for record in records for name in record.packages})
    if not names:
        return {}
    form = "${binary:Package} ${db:Status-Abbrev} ${Version}\n"
    listed = host.run(["dpkg-query", "--show", f"--showformat={form}", *names], LONG)
    lines = [line.split() for line in listed.out.splitlines()]
    return {line[0]: " ".join(line[1:]) for line in lines if len(line) > 1}


def certificates(host: Host) -> dict[str, str]:
    """Whether each certificate fits its authority and its key."""
    found = {}
    for name, authority in (("host", "ca.pem"), ("queue", "queue-ca.pem")):
        certificate, key = TLS / f"{name}.pem", TLS / f"{name}.key"
        if not certificate.exists():
            continue
        trusted = host.run(["openssl", "verify", "-CAfile", str(TLS / authority), str(certificate)], LONG)
        public = host.run(["openssl", "x509", "-noout", "-pubkey", "-in", str(certificate)], LONG)
        private = host.run(["openssl", "pkey", "-pubout", "-in", str(key)], LONG)
        fits = "its key" if public.out == private.out and public.out else "another key"
        found[name] = f"{'trusted' if trusted.code == 0 else 'not trusted'}, {fits}"
    return found


def markers(root: Path = RELEASES) -> dict[str, str]:
    """The environments that are laid down whole."""
    return {
        f"{path.parent.name}/{path.stem.lstrip('.')}": str(json.loads(path.read_text(encoding="utf-8")).get("sha256"))
        for path in sorted(root.glob("*/.*.json"))
    }


def bridges(host: Host) -> dict[str, str]:
    """Bridges and the ports that stay."""
    listed = host.run(["ovs-vsctl", "--timeout=30", "list-br"], LONG)
    found = {}
    for bridge in listed.out.split() if listed.code == 0 else []:
        ports = host.run(["ovs-vsctl", "--timeout=30", "list-ports", bridge], LONG).out.split()
        found[bridge] = " ".join(sorted(port for port in ports if not port.startswith(PASSING_PORTS)))
    return found


def volume_groups(host: Host) -> dict[str, str]:
    """Volume groups with their size in disks and extents, and their pools."""
    words = ["--noheadings", "--separator", " "]
    listed = host.run(["vgs", *words, "--options", "vg_name,pv_count,vg_extent_count"], LONG)
    found = {line.split()[0]: " ".join(line.split()[1:]) for line in listed.out.splitlines() if line.strip()}
    pools = host.run(["lvs", *words, "--select", "segtype=thin-pool", "--options", "vg_name,lv_name"], LONG)
    return found | {"/".join(line.split()): "thin pool" for line in pools.out.splitlines() if len(line.split()) == 2}


def queue(host: Host) -> dict[str, str]:
    """Virtual hosts, accounts and their rights."""

    def table(*command: str) -> list[dict[str, str]]:
        done = host.run(["rabbitmqctl", "--quiet", "--formatter", "json", *command], LONG)
        if done.code:
            raise ValueError(f"rabbitmqctl {command[0]} ended with {done.code}: {done.err.strip()[-300:]}")
        return json.loads(done.out) if done.out.strip() else []

    found = {f"account {row['user']}": json.dumps(row.get("tags")) for row in table("list_users")}
    for row in table("list_vhosts", "name", "default_queue_type"):
        name = row["name"]
        found[f"virtual host {name}"] = str(row.get("default_queue_type"))
        for right in table("list_permissions", "--vhost", name):
            rights = " ".join(str(right.get(kind)) for kind in ("configure", "write", "read"))
            found[f"rights of {right['user']} on {name}"] = rights
    return found


def load_balancer() -> dict[str, str]:
    """Servers that somebody took out and did not put back."""
    if not PROXY_SOCKET.exists():
        return {}
    servers = haproxy_admin.taken_out(haproxy_admin.ask(str(PROXY_SOCKET), "show servers state"))
    return dict.fromkeys(servers, "taken out")


def ask_database(host: Host, sql: str) -> list[list[str]]:
    """Rows of a query as root; none where a database or table is not there."""
    command = ["mariadb", "--no-defaults", f"--socket={DATABASE_SOCKET}", "--batch", "--skip-column-names", "--execute"]
    done = host.run([*command, sql], LONG)
    return [line.split("\t") for line in done.out.splitlines()] if done.code == 0 else []
