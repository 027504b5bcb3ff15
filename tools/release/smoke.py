"""The smoke test of an environment, the machine's side: prepares a root as bare as a host and reads the verdict."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from module_utils.corbel.release import ReleaseError, release_root, runtime_packages
from tools.release import chroot
from tools.release.definition import Series, cache_dir, filled

INSIDE = Path(__file__).with_name("smoke_inside.py")
DATABASE = "mysql+pymysql://root@127.0.0.1:3306"
ETC = "/smoke/etc"


def orders(series: Series, name: str) -> dict[str, Any]:
    """Give what the inner side has to do, as it reads it from its standard input."""
    smoke = series.smoke()
    environment = f"{release_root(series.identifier)}/{name}"
    words = {"environment": environment, "etc": ETC, "database": DATABASE}
    entry = smoke["environments"].get(name)
    if entry is None:
        raise ReleaseError(
            f"releases/{series.name}/smoke.yml says nothing of environment {name}: add at least its programs there"
        )
    wanted: dict[str, Any] = {"programs": [], "imports": [], "databases": [], "schema": [], "commands": [], "wsgi": []}
    return {
        "environment": environment,
        "etc": ETC,
        "files": filled(smoke["files"], words),
        **wanted,
        **filled(entry, words),
    }


def smoke_packages(series: Series) -> list[str]:
    """Give the packages of the root in which environments are tried: what hosts get, and the test's database."""
    names = series.data["environments"]
    wanted = {package for name in names for package in runtime_packages(series.data, name)}
    return sorted(wanted | set(series.smoke()["debian_packages"]))


def check(series: Series, name: str, work: Path) -> dict[str, float]:
    """Try one environment; give the seconds of each step, or raise with everything that failed."""
    root = chroot.make_root(cache_dir(), series.suite, smoke_packages(series))
    scratch = work / "smoke"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    shutil.copy2(INSIDE, scratch / "inside.py")
    binds = [chroot.Bind(work / "opt", "/opt/corbel", writable=False), chroot.Bind(scratch, "/smoke")]
    output = chroot.run(
        root,
        ["/usr/bin/python3", "/smoke/inside.py"],
        binds=binds,
        network=False,
        stdin=json.dumps(orders(series, name)),
        log=work / "log" / f"{name}-smoke.log",
    )
    report = json.loads(output.splitlines()[-1])
    if report["failures"]:
        listed = "\n".join(f"- {failure}" for failure in report["failures"])
        raise ReleaseError(
            f"environment {name} is not accepted, {len(report['failures'])} of its checks failed:\n{listed}"
        )
    return {str(key): float(value) for key, value in report["seconds"].items()}
