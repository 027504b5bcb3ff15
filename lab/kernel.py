"""The User Mode Linux kernel: Debian's package, and the modules of netfilter that it leaves out or builds too small."""

from __future__ import annotations

import shutil
from pathlib import Path

from lab.errors import LabError
from lab.roots import ASSETS, KEYRING, cached, debian_command, digest, mirror
from lab.run import dying_with_parent, run

# The first suite whose User Mode Linux has the seccomp mode, and where the source of that kernel may be found.
SUITE = "testing"
SOURCES = (SUITE, "trixie-backports", "sid")
BUILD_MODULES = ASSETS / "build-modules"
BUILD_PACKAGES = "bc,bison,flex,gcc,libc6-dev,make,perl,xz-utils"


def download(scratch: Path, suite: str, package: str) -> Path:
    """Fetch a package of another suite, its signature checked, without touching the machine's APT."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (scratch / folder).mkdir(parents=True, exist_ok=True)
    (scratch / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror()} {suite} main\n")
    options = {
        "Dir::Etc::SourceList": scratch / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": scratch / "lists",
        "Dir::State::status": "/dev/null",
        "Dir::Cache": scratch / "cache",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "APT::Sandbox::User": "root",
        "APT::Update::Post-Invoke-Success::": "",
    }
    apt: list[str | Path] = ["apt-get", "-q", *(f"-o{key}={value}" for key, value in options.items())]
    run([*apt, "update"])
    run([*apt, "download", package], cwd=scratch)
    return next(scratch.glob(f"{package}_*.deb"))


def package() -> Path:
    """A folder with `linux.uml`, `config.gz` and `modules/<version>`."""

    def build(target: Path) -> None:
        unpacked = target.parent / "unpacked"
        run(["dpkg-deb", "-x", download(target.parent, SUITE, "user-mode-linux"), unpacked])
        target.mkdir()
        (unpacked / "usr/bin/linux.uml").rename(target / "linux.uml")
        (unpacked / "usr/share/doc/user-mode-linux/config.gz").rename(target / "config.gz")
        (unpacked / "usr/lib/uml/modules").rename(target / "modules")

    return cached("uml", f"kernel-{digest(SUITE, 'config')}", build)


def version(kernel: Path) -> str:
    """The version that modules must be made for."""
    return next((kernel / "modules").iterdir()).name


def find_source(scratch: Path, series: str) -> Path:
    """The source package of a kernel's series, from the first suite that has it."""
    errors = []
    for suite in SOURCES:
        try:
            return download(scratch, suite, f"linux-source-{series}")
        except LabError as error:
            errors.append(str(error).splitlines()[-1])
    raise LabError(
        f"no linux-source-{series} in {', '.join(SOURCES)} for the modules of User Mode Linux ({errors[-1]}); "
        "expected a mirror that has it: set CORBEL_DEBIAN_MIRROR, or use topologies with containers only."
    )


def extra_modules() -> Path:
    """A folder with the modules of netfilter, laid out like `/lib/modules/<version>/kernel`."""
    kernel = package()
    release = version(kernel)

    def build(target: Path) -> None:
        scratch = target.parent
        modules = kernel / "modules" / release
        source = find_source(scratch, ".".join(release.split(".")[:2]))
        hooks = [
            f'mkdir "$1/build" && cp {source} {kernel / "config.gz"} {modules / "modules.dep"} "$1/build/"',
            f'cp {BUILD_MODULES} "$1/build-modules"',
            f'chroot "$1" /build-modules {release}',
        ]
        run(dying_with_parent(debian_command(scratch / "root", BUILD_PACKAGES, hooks)))
        shutil.move(scratch / "root/out", target)

    return cached("uml", f"modules-{digest(kernel.name, release, BUILD_PACKAGES, BUILD_MODULES)}", build)
