"""A comparison of hosts knows no service, and every module that changes a host can be asked by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.corbel.comparison_host import CALLS, COMPARABLE, SPECIAL

ROOT = Path(__file__).resolve().parents[2]
PARTS = (
    *sorted((ROOT / "module_utils/corbel").glob("comparison_*.py")),
    *(ROOT / folder / "host_comparison.py" for folder in ("library", "action_plugins", "callback_plugins")),
    ROOT / "filter_plugins/hosts_that_differ.py",
    ROOT / "playbooks/compare.yml",
    ROOT / "playbooks/finish.yml",
)
# Modules that a comparison has no need to ask, and why.
NOT_COMPARED = {
    "cloud_resources": "of another playbook, resources.yml",
    "cloud_verify": "of another playbook, verify.yml",
    "galera_bootstrap": "follows from units that are pending, which the bundle says",
    "galera_node_info": "follows from units that are pending, and changes nothing",
    "host_check": "of the preflight, and changes nothing",
    "host_comparison": "compares",
    "host_report": "of the preflight, and changes nothing",
    "inventory_check": "of the preflight, and changes nothing",
    "secrets_file": "comes before the comparison, on the controlling machine",
}


def plays(name: str) -> list[dict[str, Any]]:
    """The plays of a playbook and of those it imports, with the variables of the imports."""
    found = []
    for play in yaml.safe_load((ROOT / "playbooks" / name).read_text()):
        imported = play.get("ansible.builtin.import_playbook")
        if imported:
            found += [{**inner, "vars": inner.get("vars", {}) | play.get("vars", {})} for inner in plays(imported)]
        else:
            found.append(play)
    return found


def test_every_module_is_compared_or_has_a_reason_not_to_be() -> None:
    modules = {path.stem for path in (ROOT / "library").glob("*.py")}
    assert modules == (COMPARABLE - SPECIAL.keys()) | NOT_COMPARED.keys()
    assert not COMPARABLE & NOT_COMPARED.keys()


def test_what_is_asked_for_travels_to_the_host() -> None:
    """Ansible sends what it sees imported."""
    text = (ROOT / "module_utils/corbel/comparison_host.py").read_text()
    sent = text.partition(f"from {CALLS} import (")[2].partition(")")[0]
    names = {name.strip() for name in sent.replace("# noqa: F401", "").split(",")} - {""}
    assert names == COMPARABLE - SPECIAL.keys()


@pytest.mark.parametrize("path", PARTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_service_is_named(path: Path, entries: dict[str, dict[str, Any]]) -> None:
    text = path.read_text().partition("EXAMPLES = ")[0]
    words = set("".join(char if char.isalnum() or char == "_" else " " for char in text).split())
    imported = COMPARABLE
    assert (entries.keys() & words) - imported == set()


def test_every_play_after_the_comparison_takes_part_in_it() -> None:
    """One that forgot to would cost every host its tasks in every run."""
    order = plays("site.yml")
    names = [play["name"] for play in order]
    start = names.index("Compare every host with the model")
    later = order[start + 1 : names.index("Note that the run has come to its end")]
    assert len(later) > 20
    for play in later:
        assert "hosts_that_differ(groups, compared_as" in play["hosts"], play["name"]
        assert play["vars"]["compared_as"], play["name"]
    scopes = [play["vars"]["compared_as"].replace("{{ service }}", play["vars"].get("service", "")) for play in later]
    assert len(set(scopes)) == len(scopes)
