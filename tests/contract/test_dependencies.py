"""The lists of what is needed agree with each other and with what is used."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import ansible_collections
import yaml

ROOT = Path(__file__).resolve().parents[2]
# The edition of the package `ansible` whose collections requirements.yml names.
FIRST_EDITION = sys.version_info < (3, 12)
LINTERS = {"ruff", "mypy", "yamllint", "ansible-lint"}
USED = re.compile(r"\b(community|openstack|ansible)\.([a-z_]+)\.[a-z_][a-z0-9_]*")


def pins(name: str) -> dict[str, list[str]]:
    """Give the exact versions a requirements file asks for, by package."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / name).read_text().splitlines():
        match = re.match(r"([A-Za-z0-9_.-]+)==([^;\s]+)", line)
        if match:
            found.setdefault(match[1].casefold(), []).append(match[2])
        else:
            assert not line.strip() or line.startswith(("#", "-r ")), f"{name}: {line}: an exact version is expected"
    return found


def listed() -> dict[str, str]:
    rows = yaml.safe_load((ROOT / "requirements.yml").read_text())["collections"]
    return {row["name"]: row["version"] for row in rows}


def installed(name: str) -> str:
    space, _, short = name.partition(".")
    for folder in ansible_collections.__path__:
        manifest = Path(folder) / space / short / "MANIFEST.json"
        if manifest.is_file():
            return str(json.loads(manifest.read_text())["collection_info"]["version"])
    return "none"


def test_collections_are_those_of_the_package_ansible() -> None:
    versions = listed()
    assert versions
    found = {name: installed(name) for name in versions}
    if FIRST_EDITION:
        assert found == versions
    else:
        assert {
            name for name in versions if int(found[name].split(".")[0]) < int(versions[name].split(".")[0])
        } == set()


def test_collections_are_those_in_use() -> None:
    used = set()
    for folder in ("roles", "playbooks", "tests/molecule", "lab", ".config"):
        for path in (ROOT / folder).rglob("*.yml"):
            for match in USED.finditer(path.read_text()):
                used.add(f"{match[1]}.{match[2]}")
    used -= {"ansible.builtin"}
    assert used == set(listed())


def test_tools_are_locked_in_the_versions_asked_for() -> None:
    locked = (ROOT / "requirements-dev.lock").read_text()
    asked = {**pins("requirements.txt"), **pins("requirements-dev.txt")}
    assert len(asked) > 10
    lacking = [
        f"{name}=={version}"
        for name, versions in asked.items()
        for version in versions
        if f"{name}=={version}" not in locked.casefold()
    ]
    assert lacking == []


def test_pre_commit_runs_the_pinned_linters() -> None:
    repositories = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    hooks = [hook for repository in repositories for hook in repository["hooks"]]
    # Local hooks run the programs of .venv; a hook with a version of its own could differ.
    assert {repository["repo"] for repository in repositories} == {"local"}
    assert {hook["language"] for hook in hooks} == {"system"}
    # By path: a commit outside the activated .venv is checked too.
    assert {str(Path(hook["entry"].split()[0]).parent) for hook in hooks} == {".venv/bin"}
    programs = {Path(hook["entry"].split()[0]).name for hook in hooks}
    assert programs >= LINTERS
    assert programs <= set(pins("requirements-dev.txt"))


def test_lint_has_no_skip_list() -> None:
    config = yaml.safe_load((ROOT / ".ansible-lint").read_text())
    assert config["profile"] == "production"
    assert set(config) & {"skip_list", "warn_list"} == set()
