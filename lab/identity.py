"""What makes one host differ from another: name, machine id, host key, network configuration."""

from __future__ import annotations

import io
import tarfile
import uuid
from dataclasses import dataclass
from pathlib import Path

from lab.paths import LabPaths
from lab.plan import Link, Plan
from lab.run import run
from lab.topology import Host

PROXY_PORT = 3142


@dataclass(frozen=True)
class File:
    """A file of a host."""

    content: str
    mode: int = 0o644


def resolver(machine: str) -> str:
    """A resolv.conf for hosts from the machine's, without servers on loopback, which no host reaches.

    May end up empty: packages come through the lab's proxy, which resolves names itself.
    """
    lines = [line.split() for line in machine.splitlines()]
    servers = [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]
    usable = [server for server in servers if not server.startswith("127.") and ":" not in server]
    return "".join(f"nameserver {server}\n" for server in usable)


def machine_resolver() -> str:
    """The machine's resolv.conf, past systemd-resolved's stub."""
    for path in (Path("/run/systemd/resolve/resolv.conf"), Path("/etc/resolv.conf")):
        if path.exists():
            return path.read_text()
    return ""


def interface(link: Link) -> str:
    """systemd-networkd's file for one interface."""
    lines = ["[Match]", f"Name={link.interface}", "", "[Link]", f"MTUBytes={link.network.mtu}"]
    if link.address is None:
        lines += ["RequiredForOnline=no", "", "[Network]", "LinkLocalAddressing=no"]
    else:
        lines += ["", "[Network]", f"Address={link.address}/{link.prefix}", "LinkLocalAddressing=ipv6"]
    lines.append("IPv6AcceptRA=no")
    if link.gateway:
        lines.append(f"Gateway={link.gateway}")
    return "\n".join(lines) + "\n"


def files(plan: Plan, host: Host, public_key: str, host_key: str, machine_id: str) -> dict[str, File]:
    """All files that a host does not share with others."""
    gateway = plan.gateway(plan.topology.networks[0])
    found = {
        "etc/hostname": File(f"{host.name}\n"),
        "etc/machine-id": File(f"{machine_id}\n", 0o444),
        "etc/hosts": File("127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"),
        "etc/resolv.conf": File(resolver(machine_resolver())),
        "etc/ssh/ssh_host_ed25519_key": File(host_key, 0o600),
        "root/.ssh/authorized_keys": File(public_key, 0o600),
        "etc/apt/apt.conf.d/80corbel-lab-proxy": File(f'Acquire::http::Proxy "http://{gateway}:{PROXY_PORT}";\n'),
    }
    for link in plan.links(host):
        found[f"etc/systemd/network/10-{link.interface}.network"] = File(interface(link))
    return found


def write_tree(target: Path, wanted: dict[str, File]) -> None:
    """Write the files below a folder; `root/.ssh` is closed to others."""
    for name, file in wanted.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.content)
        path.chmod(file.mode)
    for closed in (target / "root", target / "root/.ssh"):
        if closed.is_dir():
            closed.chmod(0o700)


def archive(wanted: dict[str, File]) -> bytes:
    """The same files as a tar archive, which a User Mode Linux host reads from a disk of its own."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, mode in (("root", 0o700), ("root/.ssh", 0o700)):
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, mode
            tar.addfile(folder)
        for name, file in wanted.items():
            data = file.content.encode()
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), file.mode
            tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def key_pair(path: Path, comment: str) -> None:
    """Make an SSH key pair unless there is one."""
    if path.exists() and path.with_suffix(".pub").exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    path.unlink(missing_ok=True)
    run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", path])


def prepare(lab: LabPaths, plan: Plan, host: Host) -> dict[str, File]:
    """Make a host's keys once and give its files."""
    key = lab.host(host.name) / "ssh_host_ed25519_key"
    key_pair(key, host.name)
    # From the key, which is random: stays the same as long as the host does.
    public = key.with_suffix(".pub").read_text()
    machine_id = uuid.uuid5(uuid.NAMESPACE_DNS, public).hex
    found = files(plan, host, lab.key.with_suffix(".pub").read_text(), key.read_text(), machine_id)
    # Debian's hosts have it beside the private key, and roles read it there.
    found["etc/ssh/ssh_host_ed25519_key.pub"] = File(public)
    return found


def known_hosts(lab: LabPaths, plan: Plan) -> str:
    """The host keys of all hosts by name and address."""
    lines = []
    for host in plan.topology.hosts:
        kind, key, *_ = (lab.host(host.name) / "ssh_host_ed25519_key.pub").read_text().split()
        lines.append(f"{host.name},{plan.address(host)} {kind} {key}")
    return "\n".join(lines) + "\n"
