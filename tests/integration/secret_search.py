"""Searches logs and other files for the secrets of a cloud; tells names and places, never values.

    python tests/integration/secret_search.py --secrets inventory/mycloud/group_vars/all/secrets.yml LOG_OR_FOLDER...

Ends with 1 when one was found, and with 2 when there was nothing to search.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

VARIABLE = "corbel_secrets"
PUBLIC = {"public"}
# A shorter text would be found by chance.
SHORTEST = 8
BLOCK = 8 * 1024 * 1024


@dataclass(frozen=True)
class Hit:
    """A secret found in a file."""

    name: str
    path: Path
    line: int

    def __str__(self) -> str:
        return f"secret {self.name} in {self.path}, line {self.line}"


@dataclass
class Outcome:
    """What was found, and how much was read."""

    hits: list[Hit]
    files: int = 0
    octets: int = 0


def values(secrets: Mapping[str, Any]) -> dict[str, set[str]]:
    """Give the texts that must not appear, by name of the secret; of keys with many lines, each long line."""
    return {str(name): set(_texts(value)) for name, value in secrets.items()}


def forms(text: str) -> set[bytes]:
    """Give the forms in which a secret may stand in a log: plain, in a URL, in JSON, in Base64."""
    found = {text, quote(text, safe=""), quote_plus(text), json.dumps(text)[1:-1]}
    encoded = {base64.b64encode(text.encode()).rstrip(b"=")}
    return {form.encode() for form in found} | encoded


def search(secrets: Mapping[str, Any], paths: Iterable[Path]) -> Outcome:
    """Search files, and all files below folders."""
    names: dict[bytes, str] = {}
    for name, texts in values(secrets).items():
        for text in texts:
            for form in forms(text):
                names.setdefault(form, name)
    outcome = Outcome([])
    if not names:
        return outcome
    pattern = re.compile(b"|".join(re.escape(form) for form in sorted(names, key=len, reverse=True)))
    longest = max(len(form) for form in names)
    for path in _files(paths):
        outcome.files += 1
        seen: set[tuple[str, int]] = set()
        for match, line in _matches(path, pattern, longest, outcome):
            if (names[match], line) not in seen:
                seen.add((names[match], line))
                outcome.hits.append(Hit(names[match], path, line))
    return outcome


def _matches(path: Path, pattern: re.Pattern[bytes], longest: int, outcome: Outcome) -> Iterator[tuple[bytes, int]]:
    """Give the matches of a file with their lines, reading it in blocks that overlap."""
    opener: Any = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as stream:
        rest, line = b"", 1
        while block := stream.read(BLOCK):
            outcome.octets += len(block)
            content = rest + block
            for match in pattern.finditer(content):
                yield match[0], line + content.count(b"\n", 0, match.start())
            rest = content[-(longest - 1) :] if longest > 1 else b""
            line += content.count(b"\n") - rest.count(b"\n")


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*") if one.is_file() and not one.is_symlink())
        elif path.is_file():
            yield path


def _texts(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner_key, inner in value.items():
            yield from _texts(inner, str(inner_key))
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
    elif isinstance(value, str) and key not in PUBLIC:
        lines = [line.strip() for line in value.splitlines()]
        yield from (line for line in lines if len(line) >= SHORTEST and not line.startswith("-----"))


def decrypted(path: Path) -> dict[str, Any]:
    """Read the vaulted file with the password that Ansible is configured with."""
    import yaml

    program = Path(sys.executable).parent / "ansible-vault"
    done = subprocess.run([str(program), "view", str(path)], capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{path}: found a file that ansible-vault cannot open, expected the vault password to be set")
    secrets: dict[str, Any] = yaml.safe_load(done.stdout)[VARIABLE]
    return secrets


def main() -> int:
    """Run the search from the command line."""
    parser = argparse.ArgumentParser(description="Search files for the secrets of a cloud; values are never printed.")
    parser.add_argument("--secrets", type=Path, required=True, help="the vaulted file of secrets")
    parser.add_argument("paths", type=Path, nargs="+", help="files and folders to search")
    options = parser.parse_args()
    outcome = search(decrypted(options.secrets), options.paths)
    for hit in outcome.hits:
        print(hit)
    print(f"{len(outcome.hits)} found in {outcome.files} files, {outcome.octets} bytes")
    if not outcome.octets:
        print("there was nothing to search; the paths are wrong, or the secrets are empty")
        return 2
    return 1 if outcome.hits else 0


if __name__ == "__main__":
    sys.exit(main())
