"""The catalogue is complete and the engine knows none of its entries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import inventory_catalogue
from ansible.module_utils.corbel.inventory_knowledge import Knowledge, defaults_of

Entries = dict[str, dict[str, Any]]
# What carries out an entry without knowing any.
ENGINE = (
    "roles/openstack_service",
    "module_utils/corbel/catalogue.py",
    "playbooks/service.yml",
    "roles/haproxy",
    "roles/secrets",
    "roles/preflight",
)
WORDS_NOT_NAMES = {"README.md"}


def engine_files(root: Path) -> list[Path]:
    found: list[Path] = []
    for name in ENGINE:
        path = root / name
        found += [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    assert len(found) > 20
    return [one for one in found if one.name not in WORDS_NOT_NAMES and "molecule" not in one.parts]


def code_of(path: Path) -> str:
    """Give a file without comments and docstrings, which may explain by example."""
    text = path.read_text()
    text = re.sub(r'"""(?:.|\n)*?"""', "", text) if path.suffix == ".py" else text
    text = re.sub(r"\{#(?:.|\n)*?#\}", "", text) if path.suffix == ".j2" else text
    lines = [line.split(" #")[0] for line in text.splitlines() if not line.lstrip().startswith("#")]
    return "\n".join(line for line in lines if not re.match(r"\s*(- )?(description|short_description|name|fix):", line))


def test_the_engine_names_no_service(root: Path, entries: Entries) -> None:
    names = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, entries))})(?![\w-])")
    # Words of roles that stand for what they say, not for an entry.
    hits = {
        f"{path.relative_to(root)}: {match[0]}"
        for path in engine_files(root)
        for match in names.finditer(hint_free(code_of(path)))
    }
    assert hits == set()


def hint_free(text: str) -> str:
    """Drop what only tells a reader an example."""
    return re.sub(r"undef\(hint=.*?\)", "", text)


def test_entries_have_the_known_form(entries: Entries) -> None:
    problems = [
        f"{name}{list(problem.path)}: found {problem.found}, expected {problem.expected}"
        for name, entry in entries.items()
        for problem in inventory_catalogue.check_entry(entry)
    ]
    assert problems == []


def test_an_entry_is_named_like_its_file_and_variable(root: Path, entries: Entries) -> None:
    files = {path.stem for path in (root / "roles/service_catalogue/defaults/main").glob("*.yml")} - {"index"}
    assert files == set(entries)
    assert {name: entry["name"] for name, entry in entries.items()} == {name: name for name in entries}


def test_ports_are_unique(root: Path, entries: Entries) -> None:
    taken = inventory_catalogue.ports(entries)
    for row in defaults_of(root / "roles/preflight")["preflight_ports"]:
        if row.get("listen") != "vip":
            taken.setdefault(row["port"], []).append(row["units"][0])
    assert len(taken) >= 8
    assert {port: units for port, units in taken.items() if len(units) > 1} == {}


def test_units_are_unique(entries: Entries) -> None:
    units = [
        unit["name"]
        for entry in entries.values()
        for kind in ("apis", "daemons")
        for unit in inventory_catalogue.listed(entry, kind)
    ]
    assert len(units) == len(set(units))


def test_secrets_are_declared_once(entries: Entries) -> None:
    names = [name for entry in entries.values() for name in entry.get("secrets") or {}]
    assert len(names) == len(set(names))


def test_required_entries_exist(entries: Entries) -> None:
    asked = {(name, other) for name, entry in entries.items() for other in entry.get("requires") or []}
    assert {other for _, other in asked} <= set(entries)


def test_nothing_needs_itself(entries: Entries) -> None:
    def reach(name: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
        for other in entries[name].get("requires") or []:
            yield other
            if other not in seen:
                yield from reach(other, seen | {other})

    assert [name for name in entries if name in set(reach(name))] == []


def test_groups_of_entries_exist(knowledge: Knowledge, entries: Entries) -> None:
    assert set(entries) - set(knowledge.groups) == set()


def files_of(root: Path, name: str, entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give the files of an entry, also when the role holds the list."""
    files = entry.get("files") or []
    if isinstance(files, str):
        from ansible.module_utils.corbel.inventory_knowledge import load

        variable = files.strip("{} ")
        for path in (root / "roles" / name).glob("*/main.yml"):
            found = (load(path) or {}).get(variable) if path.parent.name in {"defaults", "vars"} else None
            files = found or files
    return [item for item in files if isinstance(item, Mapping)] if not isinstance(files, str) else []


def test_templates_exist(root: Path, entries: Entries) -> None:
    shared = {path.name for path in (root / "roles/openstack_service/templates").iterdir()}
    lacking, seen = [], 0
    for name, entry in entries.items():
        folders = [root / "roles" / name / "templates"]
        family = str(entry.get("user", name))
        folders += [path / "templates" for path in (root / "roles").glob(f"{family}*")]
        there = shared | {path.name for folder in folders if folder.is_dir() for path in folder.iterdir()}
        for item in files_of(root, name, entry):
            seen += 1
            if "content" not in item and "{{" not in item["template"] and item["template"] not in there:
                lacking.append(f"{name}: {item['template']}")
    assert seen >= len(entries)
    assert lacking == []


def test_hooks_exist(root: Path, entries: Entries) -> None:
    hooks = [
        (name, hook) for name, entry in entries.items() for step in (entry.get("hooks") or {}).values() for hook in step
    ]
    assert hooks
    assert [pair for pair in hooks if not (root / f"roles/{pair[0]}/tasks/{pair[1]}.yml").is_file()] == []


def all_plays(root: Path) -> str:
    """The text of services.yml, with that of a playbook of services in its place."""
    text = (root / "playbooks/services.yml").read_text()
    return re.sub(
        r"import_playbook: (\w+_services\.yml)", lambda found: (root / "playbooks" / found[1]).read_text(), text
    )


def test_every_entry_has_its_role_and_its_play(root: Path, entries: Entries) -> None:
    plays = all_plays(root)
    assert [name for name in entries if not (root / "roles" / name / "tasks/main.yml").is_file()] == []
    assert [name for name in entries if not re.search(rf"service: {name}\b", plays)] == []


def test_plays_follow_what_entries_need(root: Path, entries: Entries) -> None:
    order = re.findall(r"service: (\w+)", all_plays(root))
    early = [
        f"{name} before {other}"
        for name, entry in entries.items()
        for other in entry.get("requires") or []
        if order.index(name) < order.index(other) and name not in entries[other].get("requires", [])
    ]
    assert early == []
