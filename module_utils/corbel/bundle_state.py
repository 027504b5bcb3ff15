"""Reads what a host has of a bundle. Changes nothing; one call of systemctl, the rest is files."""

from __future__ import annotations

from collections.abc import Iterable

from ansible.module_utils.corbel import bundle_accounts, bundle_packages, bundle_record
from ansible.module_utils.corbel.bundle_host import Host
from ansible.module_utils.corbel.bundle_layout import (
    stale_directories,
    stale_files,
    stale_units,
    unit_files,
)
from ansible.module_utils.corbel.bundle_plan import Observed
from ansible.module_utils.corbel.bundle_spec import UNIT_DIRECTORY, Bundle
from ansible.module_utils.corbel.bundle_systemd import show
from ansible.module_utils.corbel.bundle_tree import Entry, Tree, digest
from ansible.module_utils.corbel.bundle_units import DIGESTS, RUNNING


def observe(host: Host, bundle: Bundle) -> Observed:
    """Read everything that concerns a bundle and its record."""
    tree = host.tree
    others = bundle_record.read_all(tree)
    record = others.pop(bundle.name, None)
    stale = stale_units(bundle, record)
    names = [*(unit.name for unit in bundle.units), *stale]
    noted = {*names, *_affected(bundle, others.values())}
    return Observed(
        record=record,
        others=others,
        missing_packages=tuple(bundle_packages.read_missing(tree, bundle.packages)),
        accounts=bundle_accounts.read(tree),
        entries=_entries(tree, bundle, record, others),
        units=show(host, names),
        links=_links(tree, [unit.name for unit in bundle.units if unit.content is not None]),
        digests={name: tree.text(f"{DIGESTS}/{name}") for name in noted},
        running={name: tree.text(f"{RUNNING}/{name}") for name in noted},
        watched={path: "changing" if path in bundle.changing else _watched(tree, path) for path in bundle.watch},
        policy_left=bundle_packages.MARK in (tree.read(bundle_packages.POLICY) or b""),
    )


def _affected(bundle: Bundle, others: Iterable[bundle_record.Record]) -> set[str]:
    """Units of other bundles that read files of this one."""
    paths = {file.path for file in bundle.files}
    return {name for other in others for path, file in other.files.items() if path in paths for name in file.units}


def _entries(
    tree: Tree, bundle: Bundle, record: bundle_record.Record | None, others: dict[str, bundle_record.Record]
) -> dict[str, Entry | None]:
    entries: dict[str, Entry | None] = {}
    for directory in bundle.directories:
        entries[directory.path] = tree.look(directory.path, follow=True)
    for file in (*bundle.files, *unit_files(bundle)):
        entries[file.path] = tree.look(file.path, content=True)
    for path in stale_files(bundle, record, others):
        entries[path] = tree.look(path, content=True)
    for path in stale_directories(bundle, record, others):
        entries[path] = tree.look(path, children=True)
    return entries


def _links(tree: Tree, names: list[str]) -> dict[str, frozenset[str]]:
    """Find the links below /etc/systemd/system that enable units."""
    found: dict[str, set[str]] = {name: set() for name in names}
    top = tree.look(UNIT_DIRECTORY, children=True, follow=True) if names else None
    for child in top.children if top else ():
        path = f"{UNIT_DIRECTORY}/{child}"
        if child.endswith((".wants", ".requires", ".upholds")):
            folder = tree.look(path, children=True)
            for name in folder.children if folder else ():
                if name in found:
                    found[name].add(f"{child}/{name}")
        elif child not in found and not child.endswith(".d"):
            entry = tree.look(path, content=True)
            target = (entry.content or b"").decode(errors="replace") if entry and entry.kind == "link" else ""
            name = target.rpartition("/")[2]
            if name in found:
                found[name].add(child)
    return {name: frozenset(links) for name, links in found.items()}


def _watched(tree: Tree, path: str) -> str:
    content = tree.read(path)
    return "absent" if content is None else digest(content)
