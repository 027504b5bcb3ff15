"""Packages of a host and where they come from. Standard library only; readers take their root."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from ansible.module_utils.corbel.host_files import names, text

# Suites of Debian itself; those of others have names of their own.
SUITES = {"buster", "bullseye", "bookworm", "trixie", "forky", "duke", "sid", "oldstable", "testing", "unstable"}
PROXY = re.compile(r'^\s*Acquire::https?::Proxy\s+"([^"]+)"', re.MULTILINE | re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """A place that packages come from."""

    file: str
    uri: str
    suite: str


@dataclass
class PackageFacts:
    """What the checks of packages look at; None or empty is not known."""

    held: list[str] = field(default_factory=list)
    sources: list[Source] | None = None
    codename: str = ""
    proxy: str = ""


def gather(root: Path, dpkg: str) -> PackageFacts:
    """Read everything; `dpkg` is the text of dpkg's status."""
    release = text(root / "etc/os-release")
    codename = re.search(r'^VERSION_CODENAME="?(\w+)', release, re.MULTILINE)
    folder = root / "etc/apt/apt.conf.d"
    settings = "\n".join(text(path) for path in [*(folder / name for name in names(folder)), root / "etc/apt/apt.conf"])
    proxy = PROXY.search(settings)
    return PackageFacts(
        held=held_packages(dpkg),
        sources=sources(root),
        codename=codename[1] if codename else "",
        proxy=proxy[1] if proxy else "",
    )


def held_packages(status: str) -> list[str]:
    """Name the packages that apt was told to leave as they are."""
    found = []
    name = ""
    for line in status.splitlines():
        if line.startswith("Package: "):
            name = line[9:].strip()
        elif line.startswith("Status: hold "):
            found.append(name)
    return found


def sources(root: Path) -> list[Source] | None:
    """Read the sources of apt in both of their forms; None where there is no apt."""
    folder = root / "etc/apt"
    if not folder.is_dir():
        return None
    parts = folder / "sources.list.d"
    found = [one for path in [folder / "sources.list"] if path.exists() for one in _lines(root, path)]
    for name in names(parts):
        if name.endswith(".list"):
            found += _lines(root, parts / name)
        elif name.endswith(".sources"):
            found += _paragraphs(root, parts / name)
    return found


def strangers(facts: PackageFacts) -> list[Source]:
    """Give the sources of another release of the same distribution."""
    others = SUITES - {facts.codename}
    return [one for one in facts.sources or [] if re.split(r"[-/]", one.suite)[0] in others]


def _lines(root: Path, path: Path) -> list[Source]:
    found = []
    for line in text(path).splitlines():
        words = re.sub(r"\[[^]]*\]", "", line.partition("#")[0]).split()
        if len(words) > 2 and words[0] == "deb":
            found.append(Source("/" + str(path.relative_to(root)), words[1], words[2]))
    return found


def _paragraphs(root: Path, path: Path) -> list[Source]:
    found = []
    for paragraph in re.split(r"\n\s*\n", text(path)):
        rows: dict[str, str] = {}
        key = ""
        for line in paragraph.splitlines():
            if line[:1] in {" ", "\t"} and key:
                rows[key] += " " + line.strip()
            elif ":" in line and not line.startswith("#"):
                key, _, value = line.partition(":")
                key = key.strip().lower()
                rows[key] = value.strip()
        if rows.get("enabled", "yes").lower() in {"no", "false", "0"} or "deb" not in rows.get("types", "").split():
            continue
        where = "/" + str(path.relative_to(root))
        uris, suites = rows.get("uris", "").split(), rows.get("suites", "").split()
        found += [Source(where, uri, suite) for uri in uris for suite in suites]
    return found
