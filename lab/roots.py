"""What hosts are made from, kept in the cache: a Debian 13 root, and ext4 images of it with the kernel's modules."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from lab import paths
from lab.run import dying_with_parent, run

SUITE = "trixie"
RECIPE = 3
ASSETS = Path(__file__).resolve().parent / "assets"
PREPARE = ASSETS / "prepare-root"
INIT = ASSETS / "uml-init"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PACKAGES = (
    "acl,apt,ca-certificates,dbus,e2fsprogs,iproute2,iputils-ping,kmod,libpam-systemd,netbase,nftables,openssh-server,"
    "procps,python3,python3-apt,sudo,systemd,systemd-sysv,systemd-timesyncd,tzdata,udev,zstd"
)


def mirror() -> str:
    """The Debian mirror; `CORBEL_DEBIAN_MIRROR` names another."""
    return os.environ.get("CORBEL_DEBIAN_MIRROR", "http://deb.debian.org/debian").rstrip("/")


def security_mirror() -> str:
    """The mirror of Debian's security updates; `CORBEL_DEBIAN_SECURITY_MIRROR` names another."""
    return os.environ.get("CORBEL_DEBIAN_SECURITY_MIRROR", "http://deb.debian.org/debian-security").rstrip("/")


def sources(suite: str) -> list[str]:
    """APT sources of a root."""
    return [
        f"deb {mirror()} {suite} main",
        f"deb {mirror()} {suite}-updates main",
        f"deb {security_mirror()} {suite}-security main",
    ]


def digest(*parts: object) -> str:
    """What names an image in the cache: the same recipe is the same image. A path stands for the file's content."""
    recipe = [part.read_text() if isinstance(part, Path) else part for part in parts]
    return hashlib.sha256(json.dumps([RECIPE, recipe]).encode()).hexdigest()[:12]


def cached(folder: str, name: str, build: Callable[[Path], None]) -> Path:
    """Give `<cache>/<folder>/<name>`, built now if it is not there; a half-built one is never seen."""
    target = paths.cache() / folder / name
    if target.exists():
        return target
    with paths.lock(f"{folder}-{name}"):
        if target.exists():
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{name}."
        for stale in target.parent.glob(f"{prefix}*"):
            shutil.rmtree(stale)
        print(f"building {target}", flush=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=prefix) as scratch:
            result = Path(scratch) / "result"
            build(result)
            result.rename(target)
    return target


def debian_command(target: Path, packages: str, hooks: Sequence[str] = ()) -> list[str | Path]:
    """The command line that makes a Debian root."""
    return [
        "mmdebstrap",
        "--mode=root",
        "--variant=minbase",
        "--aptopt=Acquire::Retries 3",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=force-unsafe-io",
        f"--include={packages}",
        *(f"--customize-hook={hook}" for hook in hooks),
        SUITE,
        target,
        *sources(SUITE),
    ]


def root() -> Path:
    """The root folder of every host."""

    def build(target: Path) -> None:
        run(dying_with_parent(debian_command(target, PACKAGES, [str(PREPARE)])))

    return cached("roots", f"{SUITE}-lab-{digest(SUITE, PACKAGES, sources(SUITE), PREPARE)}", build)


def image(megabytes: int) -> Path:
    """A sparse ext4 image of the root with the kernel's modules; hosts write to copies of their own."""
    from lab import kernel

    base, uml, extra = root(), kernel.package(), kernel.extra_modules()

    def build(target: Path) -> None:
        tree = target.parent / "tree"
        run(["cp", "-a", "--reflink=auto", base, tree])
        version = kernel.version(uml)
        modules = tree / "usr/lib/modules" / version
        modules.parent.mkdir(parents=True, exist_ok=True)
        run(["cp", "-a", uml / "modules" / version, modules])
        run(["cp", "-a", f"{extra}/.", modules / "kernel"])
        run(["chroot", tree, "depmod", version])
        (tree / "usr/lib/corbel-lab").mkdir()
        shutil.copy(INIT, tree / "usr/lib/corbel-lab/init")
        (tree / "usr/lib/corbel-lab/init").chmod(0o755)
        with target.open("wb") as file:
            file.truncate(megabytes << 20)
        # The file is sparse, so nothing needs zeroing now or, by the kernel's lazy initialisation, in every copy later.
        run(["mkfs.ext4", "-q", "-d", tree, "-L", "root", "-E", "assume_storage_prezeroed=1,nodiscard", target])

    return cached("uml", f"root-{digest(base.name, uml.name, extra.name, INIT)}-{megabytes}M.img", build)
