"""The preflight documents all its checks, finds nothing in the examples, and needs no host."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible.module_utils.corbel.host_model import expectations
from ansible.module_utils.corbel.preflight_finding import ERROR, WARNING, link
from ansible.module_utils.corbel.preflight_register import CHECKS

from lab.topology import load
from tools import checks_page

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(path.parent.name for path in (ROOT / "inventory").glob("*/hosts.yml"))


def static_check(inventory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the part that needs no host."""
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", str(inventory), *arguments]
    environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"}
    return subprocess.run(
        [*command, str(ROOT / "playbooks/check_inventory.yml")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["default", "small", "all_in_one"])
def test_hosts_of_the_lab_are_large_enough(name: str) -> None:
    defaults = yaml.safe_load((ROOT / "roles/preflight/defaults/main.yml").read_text())
    settings = {key.removeprefix("preflight_"): value for key, value in defaults.items()}
    for host in load(name).hosts:
        expected = expectations(host.groups, [], settings, {"addresses": {}, "vips": [], "provider_networks": []})
        memory, disk = expected["memory_mb"], expected["disks"].get("/var", 0)
        assert host.memory >= memory, f"{host.name}: the preflight asks for {memory} MiB of memory"
        # A container has the machine's disk; a file system is smaller than its disk.
        assert host.kind == "container" or host.disk * 97 // 100 >= disk, (
            f"{host.name}: the preflight asks for {disk} MiB"
        )


def test_every_check_in_the_code_is_registered() -> None:
    used: set[str] = set()
    for path in (ROOT / "module_utils/corbel").glob("*.py"):
        if not path.stem.startswith("preflight_register"):
            used |= set(re.findall(r'"((?:CTL|INV|HOST)-\d{3})"', path.read_text()))
    assert used == set(CHECKS)


def test_the_register_says_all_of_each_check() -> None:
    for name, check in CHECKS.items():
        assert check.title and check.reason and check.fix, name
        assert check.severity in {ERROR, WARNING}, name


def test_what_a_preflight_should_know_is_checked_or_has_a_reason() -> None:
    numbers = {number: row for rows in checks_page.wanted().values() for number, row in rows.items()}
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    assert [
        number for number, row in numbers.items() if not (checks_page.covering(number, row) or row.get("why"))
    ] == []
    named = {name for row in numbers.values() for name in row.get("checks", [])}
    assert named <= set(CHECKS)


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_a_finding_names_a_section_that_is_there(name: str) -> None:
    page, _, anchor = link(name).partition("#")
    assert f"\n## {name}\n" in (ROOT / page).read_text()
    assert anchor == name.lower()


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_passes(example: str) -> None:
    done = static_check(ROOT / "inventory" / example)
    assert done.returncode == 0, done.stdout
    assert len(EXAMPLES) >= 4


def test_a_broken_inventory_is_refused_with_all_findings(tmp_path: Path) -> None:
    inventory = Path(shutil.copytree(ROOT / "inventory/multinode", tmp_path / "mycloud"))
    settings = inventory / "group_vars/all/corbel.yml"
    settings.write_text(
        f"{settings.read_text()}corbel_servces: [nova]\ncorbel_release: 2026.1\nsite_password: hunter2hunter2\n"
    )
    done = static_check(inventory)
    assert done.returncode != 0
    lines = settings.read_text().splitlines()
    for check, variable in (("INV-001", "corbel_servces"), ("INV-003", "corbel_release"), ("INV-050", "site_password")):
        line = next(number for number, text in enumerate(lines, 1) if text.startswith(variable))
        assert f"{check} error: {variable}" in done.stdout
        assert f"{settings}:{line}" in done.stdout
    assert "write corbel_services" in done.stdout
    assert "3 findings in the inventory (INV-001, INV-003, INV-050)" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr


def test_a_waived_check_is_printed_and_passes(tmp_path: Path) -> None:
    inventory = Path(shutil.copytree(ROOT / "inventory/multinode", tmp_path / "mycloud"))
    settings = inventory / "group_vars/all/corbel.yml"
    settings.write_text(f"{settings.read_text()}glance_colour: red\ncorbel_waived_checks: ['INV-001:glance_colour']\n")
    done = static_check(inventory)
    assert done.returncode == 0, done.stdout
    assert "INV-001 waived: glance_colour" in done.stdout


def test_a_skip_of_one_run_keeps_the_standing_waivers_and_both_are_in_the_report(tmp_path: Path) -> None:
    inventory = Path(shutil.copytree(ROOT / "inventory/multinode", tmp_path / "mycloud"))
    settings = inventory / "group_vars/all/corbel.yml"
    own = "glance_colour: red\nkeystone_colour: blue\ncorbel_waived_checks: ['INV-001:glance_colour']\n"
    settings.write_text(settings.read_text() + own)
    line = len(settings.read_text().splitlines())
    path = tmp_path / "report.json"
    written = ["-e", f"preflight_report={path}"]
    done = static_check(inventory, *written)
    assert done.returncode != 0
    report = json.loads(path.read_text())
    # The machine that runs the tests may have warnings of its own.
    assert [one["variable"] for one in report["findings"] if one["check"] == "INV-001"] == ["keystone_colour"]
    assert (report["errors"], report["hosts"], path.stat().st_mode & 0o777) == (1, {}, 0o600)
    done = static_check(inventory, *written, "-e", "preflight_skip=INV-001:keystone_colour,CTL-002")
    assert done.returncode == 0, done.stdout
    report = json.loads(path.read_text())
    waived = {one["variable"] for one in report["waived"] if one["check"] == "INV-001"}
    assert waived == {"glance_colour", "keystone_colour"}
    assert report["waivers"] == [
        {"id": "INV-001:glance_colour", "variable": "corbel_waived_checks", "where": f"{settings}:{line}"},
        {"id": "INV-001:keystone_colour", "variable": "preflight_skip", "where": "-e preflight_skip=…"},
        {"id": "CTL-002", "variable": "preflight_skip", "where": "-e preflight_skip=…"},
    ]


def test_an_unknown_check_is_not_skipped() -> None:
    done = static_check(ROOT / "inventory/multinode", "-e", "preflight_skip=HOST-0100")
    assert done.returncode != 0
    assert "INV-048 error: preflight_skip" in done.stdout
    assert "write HOST-010" in done.stdout


def test_misspelled_option_on_the_command_line() -> None:
    done = static_check(ROOT / "inventory/multinode", "-e", "corbel_wokers=3")
    assert done.returncode != 0
    assert "write corbel_workers" in done.stdout


def test_an_empty_inventory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text("---\nall: {}\n")
    done = static_check(tmp_path)
    assert done.returncode != 0
    assert "at least one host in group controller" in done.stdout


def test_a_limited_run_checks_the_whole_inventory(tmp_path: Path) -> None:
    inventory = Path(shutil.copytree(ROOT / "inventory/multinode", tmp_path / "mycloud"))
    hosts = inventory / "hosts.yml"
    hosts.write_text(hosts.read_text().replace("management: 198.51.100.23", "management: 198.51.100.22"))
    done = static_check(inventory, "--limit", "storage1")
    assert done.returncode != 0
    assert "INV-021" in done.stdout


def test_every_check_of_hosts_has_a_bad_host() -> None:
    cases = "".join(path.read_text() for path in (ROOT / "tests/unit/preflight").glob("test_host_*.py"))
    assert [check for check in CHECKS if check.startswith("HOST-") and f'"{check}"' not in cases] == []
