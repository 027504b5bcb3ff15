"""Clean Debian roots, made once by mmdebstrap, and commands run in them without a trace on the machine.

A root stays as it was made: commands see it read-only, write only to folders bound into it, and run in mount, process
and (when asked) network namespaces of their own, so that even a killed build leaves no mount behind.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from module_utils.corbel.release import ReleaseError
from tools.release.exclusive import alone, empty

RECIPE = 1
MIRROR = "http://deb.debian.org/debian"
SECURITY_MIRROR = "http://deb.debian.org/debian-security"
MOUNT_POINTS = ("opt/corbel", "build", "cache", "series", "wheels", "smoke")
CA_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
TOOLS = {"mmdebstrap": "mmdebstrap", "unshare": "util-linux", "mount": "mount", "ip": "iproute2"}
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
KEYRING_PACKAGE = "debian-archive-keyring"


@dataclass(frozen=True)
class Bind:
    """A folder of the machine that a command sees at a mount point of the root."""

    source: Path
    target: str
    writable: bool = True


def machine_packages() -> list[str]:
    """Give the Debian packages that a machine needs to make and enter roots."""
    return sorted({*TOOLS.values(), KEYRING_PACKAGE})


def require_machine() -> None:
    """Raise when this machine cannot make or enter a root."""
    if os.geteuid() != 0:
        raise ReleaseError(f"a build makes a Debian root and mounts: run it as root (found uid {os.geteuid()})")
    missing = sorted({package for program, package in TOOLS.items() if shutil.which(program) is None})
    if not KEYRING.exists():
        missing.append(KEYRING_PACKAGE)
    if missing:
        raise ReleaseError(f"Debian packages missing on this machine: apt-get install {' '.join(missing)}")


def sources(suite: str) -> list[str]:
    """Give the APT sources of a root."""
    mirror = os.environ.get("CORBEL_DEBIAN_MIRROR", MIRROR)
    security = os.environ.get("CORBEL_DEBIAN_SECURITY_MIRROR", SECURITY_MIRROR)
    return [
        f"deb {mirror} {suite} main",
        f"deb {mirror} {suite}-updates main",
        f"deb {security} {suite}-security main",
    ]


def recipe_digest(suite: str, packages: Sequence[str]) -> str:
    """Give the digest that names a root in the cache: the same recipe is the same root."""
    recipe = json.dumps([RECIPE, suite, sorted(set(packages)), MOUNT_POINTS])
    return hashlib.sha256(recipe.encode()).hexdigest()[:12]


def debootstrap_command(suite: str, packages: Sequence[str], target: Path) -> list[str]:
    """Give the command line that makes a root."""
    return [
        "mmdebstrap",
        "--variant=minbase",
        "--aptopt=Acquire::Retries 3",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--dpkgopt=force-unsafe-io",
        f"--include={','.join(sorted(set(packages)))}",
        suite,
        str(target),
        *sources(suite),
    ]


def make_root(cache: Path, suite: str, packages: Sequence[str]) -> Path:
    """Give the root with these packages, made now when the cache has none."""
    require_machine()
    roots = cache / "roots"
    root = roots / f"{suite}-release-{recipe_digest(suite, packages)}"
    if root.exists():
        return root
    work = cache / "build" / f"root-{root.name}"
    with alone(work):
        if root.exists():
            return root
        empty(work)
        target = work / "root"
        result = subprocess.run(
            debootstrap_command(suite, packages, target), capture_output=True, text=True, check=False
        )
        if result.returncode:
            tail = "\n".join(result.stderr.splitlines()[-15:])
            raise ReleaseError(f"mmdebstrap could not make a {suite} root:\n{tail}")
        for point in MOUNT_POINTS:
            (target / point).mkdir(parents=True, exist_ok=True)
        (target / "etc/resolv.conf").unlink(missing_ok=True)
        (target / "etc/resolv.conf").touch()
        roots.mkdir(parents=True, exist_ok=True)
        target.rename(root)
    return root


def enter_script(
    root: Path, binds: Sequence[Bind], variables: Mapping[str, str], argv: Sequence[str], *, network: bool
) -> str:
    """Give the shell script that mounts what a command needs and runs it; it is run inside new namespaces."""
    at = shlex.quote(str(root))
    lines = [f"mount --bind {at} {at}", f"mount -t proc proc {at}/proc"]
    for folder, mode in (("run", 755), ("tmp", 1777), ("dev", 755), ("dev/shm", 1777)):
        lines += [f"mkdir -p {at}/{folder}", f"mount -t tmpfs -o mode={mode} tmpfs {at}/{folder}"]
    for device in ("null", "zero", "full", "random", "urandom"):
        lines += [f"touch {at}/dev/{device}", f"mount --bind /dev/{device} {at}/dev/{device}"]
    lines += [f"ln -s /proc/self/fd {at}/dev/fd"]
    for bind in binds:
        target = shlex.quote(f"{root}/{bind.target.lstrip('/')}")
        lines.append(f"mount --bind {shlex.quote(str(bind.source))} {target}")
        if not bind.writable:
            lines.append(f"mount -o remount,ro,bind {target}")
    if network:
        lines.append(f"mount --bind /etc/resolv.conf {at}/etc/resolv.conf")
        lines.append(f"cp {shlex.quote(str(CA_BUNDLE))} {at}/run/ca.pem 2>/dev/null || true")
    else:
        lines.append("ip link set lo up")
    lines.append(f"mount -o remount,ro,bind {at}")
    pairs = " ".join(shlex.quote(f"{name}={value}") for name, value in sorted(variables.items()))
    lines.append(f"exec chroot {at} /usr/bin/env -i {pairs} {shlex.join(argv)}")
    return "\n".join(lines)


def enter_command(script: str, *, network: bool) -> list[str]:
    """Give the command line that runs a script of `enter_script` in namespaces that die with it."""
    command = ["unshare", "--mount", "--propagation", "private", "--uts", "--ipc", "--pid", "--fork", "--kill-child"]
    return [*command, *([] if network else ["--net"]), "/bin/sh", "-ec", script]


def base_variables() -> dict[str, str]:
    """Give the environment of every command: of the machine's, only the certificates it trusts and its mirror."""
    variables = {
        "HOME": "/tmp",  # noqa: S108 - inside the root this is a tmpfs of the command alone
        "LANG": "C.UTF-8",
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "PIP_CERT": "/run/ca.pem",
        "SSL_CERT_FILE": "/run/ca.pem",
    }
    index = os.environ.get("CORBEL_PYPI_INDEX")
    if index:
        variables |= {"PIP_INDEX_URL": index, "UV_DEFAULT_INDEX": index}
    return variables


def run(
    root: Path,
    argv: Sequence[str],
    *,
    binds: Sequence[Bind] = (),
    variables: Mapping[str, str] | None = None,
    network: bool = True,
    stdin: str | None = None,
    log: Path | None = None,
) -> str:
    """Run a command in a root and give its standard output; raise with the end of its output when it fails."""
    script = enter_script(root, binds, {**base_variables(), **(variables or {})}, argv, network=network)
    result = subprocess.run(
        enter_command(script, network=network), input=stdin or "", capture_output=True, text=True, check=False
    )
    if log:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(f"$ {shlex.join(argv)}\n{result.stdout}\n{result.stderr}", encoding="utf-8")
    if result.returncode:
        tail = "\n".join((result.stdout + result.stderr).splitlines()[-30:])
        where = f" (all of it: {log})" if log else ""
        raise ReleaseError(f"{shlex.join(argv)[:300]} ended with {result.returncode}{where}:\n{tail}")
    return result.stdout
