"""Makes the locks of a series: exact versions with hashes, resolved inside the root in which they are built."""

from __future__ import annotations

import re
from pathlib import Path

from tools.release import chroot
from tools.release.definition import Series, cache_dir
from tools.release.exclusive import alone, empty

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*==\s*(?P<version>[^\s;]+)")


def normalise(name: str) -> str:
    """Give a distribution's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(text: str) -> dict[str, str]:
    """Read the exact pins of a requirements file: normalised name -> version."""
    found = (PIN.match(line) for line in text.splitlines())
    return {normalise(match["name"]): match["version"] for match in found if match}


def effective_constraints(constraints: str, overrides: str) -> str:
    """Give the upper constraints without those that overrides.txt lifts, followed by the overrides."""
    lifted = pinned(overrides)
    kept = [
        line for line in constraints.splitlines() if not ((m := PIN.match(line)) and normalise(m["name"]) in lifted)
    ]
    return "\n".join([*kept, *(line for line in overrides.splitlines() if PIN.match(line))]) + "\n"


def compile_command(source: str, output: str, constraints: str | None, *, upgrade: bool) -> list[str]:
    """Give the command line that resolves `source` into `output`."""
    command = ["/build/tools/bin/uv", "pip", "compile", source, "--output-file", output, "--generate-hashes"]
    command += ["--python", "/usr/bin/python3", "--cache-dir", "/cache/uv", "--no-python-downloads"]
    command += ["--custom-compile-command", "make lock", "--quiet"]
    if constraints:
        command += ["--constraints", constraints, "--build-constraints", "/build/build.lock"]
    return [*command, *(["--upgrade"] if upgrade else [])]


def lock(series: Series, *, upgrade: bool) -> list[Path]:
    """Resolve build.in and release.in of a series into build.lock and index.lock."""
    cache = cache_dir()
    root = chroot.make_root(cache, series.suite, series.data["build"]["debian_packages"])
    (cache / "python").mkdir(parents=True, exist_ok=True)
    work = cache / "build" / f"lock-{series.name}"
    with alone(work):
        empty(work)
        binds = [chroot.Bind(work, "/build"), chroot.Bind(cache / "python", "/cache")]
        for name in ("build.in", "release.in", "build.lock", "index.lock"):
            if (series.folder / name).exists():
                (work / name).write_text((series.folder / name).read_text(encoding="utf-8"), encoding="utf-8")
        constraints = effective_constraints(
            (series.folder / "constraints.txt").read_text(encoding="utf-8"),
            (series.folder / "overrides.txt").read_text(encoding="utf-8"),
        )
        (work / "constraints.txt").write_text(constraints, encoding="utf-8")
        # The only step that trusts the index without a hash: it makes the locks that hold the hashes.
        uv = pinned((series.folder / "build.in").read_text(encoding="utf-8"))["uv"]
        chroot.run(root, ["/usr/bin/python3", "-m", "venv", "/build/tools"], binds=binds)
        chroot.run(root, ["/build/tools/bin/pip", "install", "--quiet", f"uv=={uv}"], binds=binds)
        for command in (
            compile_command("/build/build.in", "/build/build.lock", None, upgrade=upgrade),
            compile_command("/build/release.in", "/build/index.lock", "/build/constraints.txt", upgrade=upgrade),
        ):
            chroot.run(root, command, binds=binds)
        written = []
        for name in ("build.lock", "index.lock"):
            path = series.folder / name
            path.write_text((work / name).read_text(encoding="utf-8"), encoding="utf-8")
            written.append(path)
        return written
