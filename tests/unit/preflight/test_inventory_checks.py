"""Broken inventories, each an example with one change, and the finding that must name it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ansible.module_utils.corbel import inventory_checks, inventory_knowledge, inventory_sources
from ansible.module_utils.corbel.inventory_cloud import Cloud
from ansible.module_utils.corbel.preflight_finding import Finding, render
from corpus import SETTINGS, Case, broken, matching

ROOT = Path(__file__).resolve().parents[3]
EXTERNAL = """first_resources_networks:
  - name: external
    external: true
    physical_network: {physical}
    subnets:
      - {{name: v4, cidr: 198.51.100.0/24, pools: [{{start: {first}, end: 198.51.100.210}}]}}
"""
OWN_ENTRY = """corbel_services: [keystone, mine]
service_catalogue_mine:
  name: mine
  title: Mine
  environment: control
"""
Check = Callable[..., list[Finding]]


CASES = [
    Case(
        "misspelled setting",
        "INV-001",
        "corbel_servces",
        add="corbel_servces: [nova]",
        found="nothing reads",
        expected="corbel_services",
        fix="write corbel_services",
    ),
    Case(
        "misspelled prefix",
        "INV-001",
        "crobel_services",
        add="crobel_services: [nova]",
        expected="corbel_services",
        fix="write corbel_services",
    ),
    Case("unknown variable of a service", "INV-001", "glance_colour", add="glance_colour: red", fix="remove"),
    Case(
        "misspelled override",
        "INV-001",
        "glance_api_config_overrides",
        add="glance_api_config_overrides: {}",
        expected="glance_api_conf_overrides",
    ),
    Case(
        "release as a number", "INV-003", "corbel_release", add="corbel_release: 2026.1", found="2026.1", fix='"2026.1"'
    ),
    Case(
        "boolean as a string",
        "INV-003",
        "corbel_no_log",
        add='corbel_no_log: "false"',
        found="string",
        fix="true or false",
    ),
    Case("number as a string", "INV-003", "corbel_workers", add='corbel_workers: "4"', fix="remove the quotes"),
    Case("boolean as a number", "INV-003", "corbel_workers", add="corbel_workers: true", found="boolean"),
    Case(
        "nothing after the colon", "INV-003", "corbel_region", add="corbel_region:", found="null", fix="remove the line"
    ),
    Case(
        "network without a value",
        "INV-003",
        "corbel_networks.tunnel",
        old="tunnel: {cidr: 203.0.113.0/24}",
        new="tunnel:",
    ),
    Case(
        "address without a value",
        "INV-003",
        "corbel_addresses.tunnel",
        file="hosts.yml",
        old="tunnel: 203.0.113.23",
        new="tunnel: ",
        hosts=("compute1",),
    ),
    Case(
        "range that YAML reads as a number",
        "INV-003",
        "corbel_provider_networks[0].vlan_ranges[0]",
        old="flat, bridge: br-ex, interface: eth1",
        new="vlan, bridge: br-ex, interface: eth1, vlan_ranges: [10:20]",
        found="620",
        fix='"10:20"',
    ),
    Case(
        "release that loses a digit",
        "INV-003",
        "corbel_release",
        add="corbel_release: 2026.10",
        fix='"2026.10"',
    ),
    Case(
        "service that is no text",
        "INV-003",
        "corbel_services[1]",
        add="corbel_services:\n  - keystone\n  -",
        found="null",
    ),
    Case(
        "dictionary for an option",
        "INV-003",
        "glance_api_conf_overrides.DEFAULT.debug",
        add="glance_api_conf_overrides: {DEFAULT: {debug: {a: 1}}}",
        expected="a list of them",
    ),
    Case("no process at all", "INV-004", "corbel_workers", add="corbel_workers: 0", expected="1 to 1024"),
    Case("port that is none", "INV-004", "galera_check_port", add="galera_check_port: 70000", expected="65535"),
    Case("blank region", "INV-004", "corbel_region", add='corbel_region: " "', found='" "', expected="not blank"),
    Case(
        "SSH port that is none",
        "INV-004",
        "ansible_port",
        file="host_vars/compute1.yml",
        add="ansible_port: ssh",
        hosts=("compute1",),
    ),
    Case("setting in capitals", "INV-001", "CORBEL_RELEASE", add="CORBEL_RELEASE: x", fix="write corbel_release"),
    Case("settings in one dictionary", "INV-001", "corbel", add="corbel: {release: x}", found="nothing reads"),
    Case(
        "anchor that contains itself",
        "INV-007",
        add="site_loop: &a [*a]",
        found="anchor",
        line=False,
    ),
    Case(
        "group of an inventory file that has no effect",
        "INV-009",
        "corbel_internal_vip",
        file="hosts.yml",
        old="compute:\n",
        new="compute:\n  vars: {corbel_internal_vip: 198.51.100.12}\n",
        found="without effect",
        fix="group_vars/compute",
    ),
    Case(
        "misspelled folder",
        "INV-012",
        file="groups_vars/all/x.yml",
        add="all: {}",
        fix="group_vars",
        line=False,
    ),
    Case("name of the loopback", "INV-017", file="hosts.yml", old="storage1:", new="localhost:", line=False),
    Case("undefined name", "INV-019", "corbel_workers", add="corbel_workers: '{{ site_nope }}'", found="site_nope"),
    Case("unfinished expression", "INV-019", "corbel_region", add="corbel_region: '{{ corbel_cloud '"),
    Case("unknown filter", "INV-019", "corbel_region", add="corbel_region: \"{{ 'a' | nope }}\"", found="nope"),
    Case("expression of itself", "INV-019", "corbel_region", add="corbel_region: '{{ corbel_region }}'"),
    Case(
        "misspelled group in an expression",
        "INV-019",
        "corbel_setup_host",
        add="corbel_setup_host: \"{{ groups['controlers'][0] }}\"",
        found="controlers",
    ),
    Case(
        "value that cannot be decrypted",
        "INV-019",
        "corbel_region",
        add="corbel_region: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162",
        fix="vault password",
    ),
    Case("string for a list", "INV-003", "corbel_services", add="corbel_services: keystone", fix="[a, b]"),
    Case(
        "override without a section",
        "INV-003",
        "glance_api_conf_overrides.debug",
        add="glance_api_conf_overrides: {debug: true}",
        fix="DEFAULT",
    ),
    Case(
        "type of a provider network",
        "INV-004",
        "corbel_provider_networks[0].type",
        old="type: flat",
        new="type: vlam",
        expected="flat, vlan",
        fix="vlan",
    ),
    Case(
        "misspelled key",
        "INV-005",
        "corbel_networks.management.cdir",
        old="management: {cidr:",
        new="management: {cdir:",
        expected="cidr",
        fix="write cidr",
    ),
    Case(
        "provider network without interface",
        "INV-005",
        "corbel_provider_networks[0]",
        old=", interface: eth1",
        new="",
        found="no key interface",
        fix="add interface",
    ),
    Case(
        "no virtual address",
        "INV-006",
        "corbel_internal_vip",
        old="corbel_internal_vip: 198.51.100.10\n",
        new="",
        found="no value",
        fix="group_vars/all",
        line=False,
    ),
    Case(
        "host without addresses",
        "INV-006",
        "corbel_addresses",
        file="hosts.yml",
        old="      corbel_addresses: {management: 198.51.100.24, tunnel: 203.0.113.24, storage: 192.0.2.24}\n",
        new="",
        fix="hosts.yml",
        hosts=("compute2",),
        line=False,
    ),
    Case(
        "duplicate key", "INV-008", "corbel_cloud", add="corbel_cloud: other", found="first in line", fix="remove one"
    ),
    Case(
        "set in two files",
        "INV-009",
        "corbel_cloud",
        file="group_vars/all/zz.yml",
        add="corbel_cloud: other",
        found="corbel.yml:",
        fix="remove one",
    ),
    Case(
        "differs between hosts",
        "INV-010",
        "corbel_region",
        file="group_vars/compute.yml",
        add="corbel_region: Other",
        expected="one value",
        fix="group_vars/all",
        hosts=("compute1", "compute2"),
    ),
    Case(
        "empty group",
        "INV-011",
        "group network",
        file="hosts.yml",
        old="  hosts:\n    network1:\n      ansible_host: 198.51.100.22\n"
        "      corbel_addresses: {management: 198.51.100.22, tunnel: 203.0.113.22, storage: 192.0.2.22}\n",
        new="  hosts: {}\n",
        found="no host",
        expected="at least one",
        fix="hosts.yml",
        line=False,
    ),
    Case(
        "variables of a group that is not there",
        "INV-012",
        file="group_vars/controllers.yml",
        add="mine: 1",
        expected="controller",
        fix="rename",
        line=False,
    ),
    Case(
        "missing derived group",
        "INV-013",
        "groups",
        file="groups.yml",
        old="database:",
        new="x1:",
        fix="groups.yml",
        line=False,
    ),
    Case(
        "misspelled group",
        "INV-013",
        "group computes",
        file="hosts.yml",
        old="compute:",
        new="computes:",
        fix="compute",
        line=False,
    ),
    Case(
        "host in no group",
        "INV-014",
        file="hosts.yml",
        add="all:\n  hosts:\n    spare1:\n      ansible_host: 198.51.100.77",
        hosts=("spare1",),
        line=False,
    ),
    Case(
        "service without a host",
        "INV-015",
        "group glance",
        file="groups.yml",
        old="glance:\n  children: {controller: {}}",
        new="glance: {}",
        line=False,
    ),
    Case(
        "two database hosts",
        "INV-016",
        "group database",
        file="groups.yml",
        old="database:\n  children: {controller: {}}",
        new="database:\n  children: {compute: {}}",
        found="2 hosts (compute1, compute2)",
        expected="1, 3 or 5",
        line=False,
    ),
    Case(
        "name with an underscore",
        "INV-017",
        file="hosts.yml",
        old="storage1:",
        new="storage_1:",
        hosts=("storage_1",),
        line=False,
    ),
    Case(
        "name in capitals",
        "INV-017",
        file="hosts.yml",
        old="storage1:",
        new="Storage1:",
        hosts=("Storage1",),
        line=False,
    ),
    Case(
        "colliding names",
        "INV-018",
        file="hosts.yml",
        old="compute2:",
        new="compute1.other:",
        hosts=("compute1.other",),
        line=False,
    ),
    Case(
        "network with host bits",
        "INV-020",
        "corbel_networks.tunnel.cidr",
        old="203.0.113.0/24",
        new="203.0.113.1/24",
        expected="203.0.113.0/24",
    ),
    Case("network that is none", "INV-020", "corbel_networks.tunnel.cidr", old="203.0.113.0/24", new="203.0.113/24"),
    Case(
        "network with a mask",
        "INV-020",
        "corbel_networks.tunnel.cidr",
        old="203.0.113.0/24",
        new="203.0.113.0/255.255.255.0",
        fix="write 203.0.113.0/24",
    ),
    Case(
        "network of multicast",
        "INV-020",
        "corbel_networks.tunnel.cidr",
        old="203.0.113.0/24",
        new="224.0.0.0/24",
        expected="multicast",
    ),
    Case(
        "address with leading zeros",
        "INV-020",
        "ansible_host",
        file="hosts.yml",
        old="ansible_host: 198.51.100.24",
        new="ansible_host: 198.51.100.024",
        hosts=("compute2",),
    ),
    Case(
        "one SSH name in two spellings",
        "INV-021",
        "ansible_host",
        file="hosts.yml",
        old="ansible_host: 198.51.100.23",
        new="ansible_host: C1.example.com\n"
        "    compute9:\n      ansible_host: c1.example.com\n      ansible_port: '22'\n"
        "      corbel_addresses: {management: 198.51.100.29, tunnel: 203.0.113.29, storage: 192.0.2.29}\n"
        "    compute8:\n      ansible_host: 198.51.100.28",
        hosts=("compute9",),
    ),
    Case(
        "address that is none",
        "INV-020",
        "corbel_addresses.tunnel",
        file="hosts.yml",
        old="203.0.113.22",
        new="203.0.113.322",
        hosts=("network1",),
    ),
    Case(
        "address twice",
        "INV-021",
        "corbel_addresses.tunnel",
        file="hosts.yml",
        old="203.0.113.23",
        new="203.0.113.22",
        expected="host compute1",
        hosts=("network1",),
    ),
    Case(
        "two hosts at one SSH address",
        "INV-021",
        "ansible_host",
        file="hosts.yml",
        old="ansible_host: 198.51.100.24",
        new="ansible_host: 198.51.100.23",
        expected="host compute1",
        hosts=("compute2",),
    ),
    Case(
        "address outside its network",
        "INV-022",
        "corbel_addresses.storage",
        file="hosts.yml",
        old="storage: 192.0.2.25",
        new="storage: 192.0.3.25",
        found="192.0.3.25",
        expected="192.0.2.0/24",
        hosts=("storage1",),
    ),
    Case(
        "broadcast address",
        "INV-022",
        "corbel_addresses.storage",
        file="hosts.yml",
        old="storage: 192.0.2.25",
        new="storage: 192.0.2.255",
    ),
    Case(
        "overlapping networks",
        "INV-023",
        "corbel_networks.tunnel.cidr",
        old="203.0.113.0/24",
        new="198.51.100.128/25",
        expected="management",
    ),
    Case(
        "virtual address of a host",
        "INV-024",
        "corbel_internal_vip",
        old="corbel_internal_vip: 198.51.100.10",
        new="corbel_internal_vip: 198.51.100.22",
        expected="network1",
    ),
    Case(
        "virtual address elsewhere",
        "INV-025",
        "corbel_public_vip",
        old="corbel_public_vip: 198.51.100.11",
        new="corbel_public_vip: 203.0.113.99",
        expected="198.51.100.0/24",
    ),
    Case(
        "host without a tunnel address",
        "INV-026",
        "corbel_addresses",
        file="hosts.yml",
        old="tunnel: 203.0.113.23, ",
        new="",
        expected="tunnel",
        fix="tunnel: <address>",
        hosts=("compute1",),
    ),
    Case(
        "no tunnel network",
        "INV-026",
        "corbel_networks",
        old="  tunnel: {cidr: 203.0.113.0/24}\n",
        found="no network tunnel",
        fix="vlan_ranges",
    ),
    Case(
        "address on an undeclared network",
        "INV-027",
        "corbel_addresses.storage",
        old="  storage: {cidr: 192.0.2.0/24}\n",
        new="",
        file=SETTINGS,
        fix="declare storage",
    ),
    Case(
        "MTU of a network",
        "INV-028",
        "corbel_networks.tunnel.mtu",
        old="203.0.113.0/24",
        new="203.0.113.0/24, mtu: 900",
        expected="1280 to 9216",
    ),
    Case(
        "MTU of a provider network",
        "INV-028",
        "corbel_provider_networks[0].mtu",
        old="interface: eth1",
        new="interface: eth1, mtu: 15000",
    ),
    Case(
        "interface name",
        "INV-030",
        "corbel_provider_networks[0].interface",
        old="interface: eth1",
        new='interface: ""',
        found='""',
    ),
    Case(
        "bridge of the agent", "INV-030", "corbel_provider_networks[0].bridge", old="br-ex", new="br-int", fix="br-ex"
    ),
    Case(
        "bridge twice",
        "INV-030",
        "corbel_provider_networks[1].bridge",
        add="  - {name: physnet2, bridge: br-ex, interface: eth2}",
        expected="entry 1",
    ),
    Case(
        "interface that is a bridge",
        "INV-030",
        "corbel_provider_networks[0].interface",
        old="interface: eth1",
        new="interface: br-ex",
        expected="a bridge of this list",
    ),
    Case(
        "interface of the host itself",
        "INV-030",
        "corbel_provider_networks[0].interface",
        old="interface: eth1",
        new="interface: lo",
        fix="eth1",
    ),
    Case(
        "name that Neutron would part",
        "INV-030",
        "corbel_provider_networks[0].name",
        old="name: physnet1",
        new="name: 'a:b'",
        expected="colons",
    ),
    Case(
        "ranges of a flat network",
        "INV-031",
        old="interface: eth1",
        new='interface: eth1, vlan_ranges: ["5:9"]',
        fix="type: vlan",
    ),
    Case(
        "range upside down",
        "INV-031",
        "corbel_provider_networks[0].vlan_ranges[0]",
        old="flat, bridge: br-ex, interface: eth1",
        new='vlan, bridge: br-ex, interface: eth1, vlan_ranges: ["200:100"]',
        expected="1 <= first",
    ),
    Case(
        "overlapping ranges",
        "INV-031",
        "corbel_provider_networks[0].vlan_ranges[1]",
        old="flat, bridge: br-ex, interface: eth1",
        new='vlan, bridge: br-ex, interface: eth1, vlan_ranges: ["100:200", "150:300"]',
        expected="100:200",
    ),
    Case(
        "tunnel ids upside down",
        "INV-031",
        "neutron_vni_range",
        add='neutron_vni_range: "5:9, 100:1"',
        expected="16777215",
    ),
    Case(
        "stacks' users among the others",
        "INV-080",
        "heat_domain",
        add="heat_domain: Default",
        expected="a domain of its own",
        fix="such as heat",
    ),
    Case(
        "password rule that cannot be read",
        "INV-081",
        "horizon_password_regex",
        add='horizon_password_regex: "^.{12,}($"',
        expected="a regular expression of Python",
        fix="mend it",
    ),
    Case(
        "password rule without effect",
        "INV-081",
        "horizon_password_regex",
        add='horizon_password_regex: ".*"',
        expected="an empty password does not match",
    ),
    Case(
        "dashboard that answers to any name",
        "INV-081",
        "horizon_allowed_hosts_extra",
        add='horizon_allowed_hosts_extra: ["*"]',
        expected="without *",
    ),
    Case(
        "misspelled setting of the dashboard",
        "INV-081",
        "horizon_settings",
        add="horizon_settings: {session_timeout: 5}",
        expected="in capitals",
    ),
    Case(
        "setting that the release was built with",
        "INV-081",
        "horizon_settings",
        add="horizon_settings: {WEBROOT: /dashboard/}",
        found="WEBROOT",
        expected="the release was built with",
        fix="remove it",
    ),
    Case(
        "sessions that end at once",
        "INV-004",
        "horizon_session_seconds",
        add="horizon_session_seconds: 5",
        expected="60",
    ),
    Case(
        "one id for both virtual addresses",
        "INV-004",
        "keepalived_router_id_internal",
        add="keepalived_router_id_internal: 52",
        expected="keepalived_router_id_public is 52",
    ),
    Case(
        "virtual address in a range of floating addresses",
        "INV-029",
        "first_resources_networks[0].subnets[0].pools[0]",
        add=EXTERNAL.format(physical="physnet1", first="198.51.100.5"),
        found="198.51.100.10 (corbel_internal_vip)",
        fix="shorten",
    ),
    Case(
        "range upside down in a subnet",
        "INV-029",
        "first_resources_networks[0].subnets[0].pools[0]",
        add=EXTERNAL.format(physical="physnet1", first="198.51.100.220"),
        fix="mend start or end",
    ),
    Case(
        "unknown physical network",
        "INV-032",
        "first_resources_networks[0].physical_network",
        add=EXTERNAL.format(physical="physnet2", first="198.51.100.200"),
        expected="physnet1",
        fix="write physnet1",
    ),
    Case(
        "unknown release", "INV-040", "corbel_release", add='corbel_release: "2019.2"', expected="2026.1", fix="2026.1"
    ),
    Case(
        "unknown service",
        "INV-041",
        "corbel_services[1]",
        add="corbel_services: [keystone, glanse]",
        expected="glance",
        fix="glance",
    ),
    Case("no service", "INV-041", "corbel_services", add="corbel_services: []", fix="keystone"),
    Case(
        "service twice", "INV-041", "corbel_services[1]", add="corbel_services: [keystone, keystone]", expected="once"
    ),
    Case(
        "service without what it needs",
        "INV-042",
        "corbel_services[0]",
        add="corbel_services: [glance]",
        expected="keystone",
    ),
    Case(
        "entry of the operator",
        "INV-043",
        "service_catalogue_mine.apis[0].prot",
        add=OWN_ENTRY + "  apis: [{name: mine-api, port: 9999, prot: 1, module: mine.wsgi}]",
        expected="port",
    ),
    Case(
        "port twice",
        "INV-044",
        "port 5000",
        add=OWN_ENTRY + "  apis: [{name: mine-api, port: 5000, module: mine.wsgi}]",
        found="mine-api",
        line=False,
    ),
    Case("domain", "INV-045", "corbel_domain", old="mycloud.example.com", new=".example.com", expected="example.com"),
    Case("name of the endpoints", "INV-046", "corbel_public_name", add="corbel_public_name: My Cloud"),
    Case(
        "address as a name",
        "INV-046",
        "corbel_public_name",
        add="corbel_public_name: 198.51.100.12",
        expected="198.51.100.11",
    ),
    Case("set-up host", "INV-047", "corbel_setup_host", add="corbel_setup_host: controler1", fix="controller1"),
    Case(
        "unknown waiver",
        "INV-048",
        "corbel_waived_checks[0]",
        add="corbel_waived_checks: [INV-999]",
        expected="docs/checks.md",
    ),
    Case(
        "unknown waiver in a text, as -e gives it",
        "INV-048",
        "corbel_waived_checks",
        add="corbel_waived_checks: HOST-010,INV-999",
        expected="docs/checks.md",
    ),
    Case(
        "setting of the cloud in a group",
        "INV-010",
        "run_lock_lease_minutes",
        file="group_vars/controller.yml",
        add="run_lock_lease_minutes: 30",
        found="set for group controller, and not for all",
        fix="move it to group_vars/all",
    ),
    Case(
        "unknown check to skip",
        "INV-048",
        "preflight_skip",
        add="preflight_skip: INV-01",
        expected="the nearest is INV-0",
    ),
    Case(
        "plain password",
        "INV-050",
        "ansible_become_password",
        add="ansible_become_password: hunter2hunter2",
        fix="ansible-vault",
    ),
    Case(
        "plain secrets file",
        "INV-050",
        "corbel_secrets.glance_database",
        file="group_vars/all/secrets.yml",
        add="corbel_secrets: {glance_database: hunter2hunter2}",
        fix="ansible-vault encrypt",
    ),
    Case(
        "secret in an override",
        "INV-050",
        "glance_api_conf_overrides.vault.root_token",
        add="glance_api_conf_overrides: {vault: {root_token: hunter2hunter2}}",
    ),
    Case(
        "weak secret",
        "INV-051",
        "corbel_secrets.glance_database",
        add="corbel_secrets: {glance_database: changeme}",
        found="guessed",
        fix="secrets_rotate",
        line=False,
    ),
    Case(
        "secret used twice",
        "INV-051",
        "corbel_secrets.b",
        add="corbel_secrets: {a: hunter2hunter2, b: hunter2hunter2}",
        found="same value as a",
        line=False,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_broken_inventory(case: Case, multinode: Path, check: Check) -> None:
    broken(multinode, case)
    findings = check(multinode)
    found = matching(findings, case)
    assert found, render(findings) or "no finding at all"
    assert all(one.found and one.expected and one.fix for one in findings)
    if case.line:
        assert any(one.where.partition(":")[2].isdigit() for one in found), found
    assert "hunter2" not in render(findings)


@pytest.mark.parametrize("example", sorted(path.parent.name for path in (ROOT / "inventory").glob("*/hosts.yml")))
def test_examples_are_clean(example: str, check: Check) -> None:
    findings = check(ROOT / "inventory" / example)
    assert not findings, render(findings)


def test_all_findings_at_once(multinode: Path, check: Check) -> None:
    names = {"misspelled setting", "address twice", "virtual address of a host", "plain password", "unknown release"}
    cases = [case for case in CASES if case.name in names]
    for case in cases:
        broken(multinode, case)
    findings = check(multinode)
    assert len(cases) == len(names)
    assert [case.name for case in cases if not matching(findings, case)] == []


def test_line_is_that_of_the_key(multinode: Path, check: Check) -> None:
    settings = multinode / SETTINGS
    settings.write_text(settings.read_text().replace("203.0.113.0/24", "203.0.113.1/24"))
    line = next(n for n, text in enumerate(settings.read_text().splitlines(), 1) if "203.0.113.1/24" in text)
    [finding] = [one for one in check(multinode) if one.check == "INV-020"]
    assert finding.where.endswith(f"{SETTINGS}:{line}")


@pytest.mark.parametrize(
    ("option", "variable", "where"),
    [
        ("corbel_workers=three", "corbel_workers", "-e corbel_workers=…"),
        ('{"corbel_workers": "3"}', "corbel_workers", "-e"),
        ("corbel_wrokers=3", "corbel_wrokers", "-e corbel_wrokers=…"),
        ("site_note=x corbel_wrokers=3", "corbel_wrokers", "-e corbel_wrokers=…"),
    ],
)
def test_extra_variables(option: str, variable: str, where: str, multinode: Path, load: Callable[..., object]) -> None:
    cloud = load(multinode, option)
    assert [one.where() for one in cloud.sources.of(variable)] == [where]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("option", "checks"),
    [
        ('site_note="a corbel_x=c"', []),
        ("corbel_workers: 3", ["INV-001"]),
        ("corbel_workers", ["INV-001"]),
        ("corbel_waived_checks=HOST-010,INV-001:x", []),
    ],
)
def test_words_of_extra_variables(option: str, checks: list[str], multinode: Path, check: Check) -> None:
    assert [one.check for one in check(multinode, option)] == checks


def test_expression_is_resolved(multinode: Path, check: Check) -> None:
    hosts = multinode / "hosts.yml"
    hosts.write_text(hosts.read_text().replace("management: 198.51.100.23", 'management: "{{ ansible_host }}"'))
    assert not check(multinode)
    hosts.write_text(hosts.read_text().replace("ansible_host: 198.51.100.23", "ansible_host: 198.51.101.23"))
    assert [one.check for one in check(multinode)] == ["INV-022"]


def test_expression_of_facts_is_left_alone(multinode: Path, check: Check) -> None:
    settings = multinode / SETTINGS
    settings.write_text(settings.read_text() + "corbel_workers: \"{{ ansible_facts['processor_nproc'] }}\"\n")
    assert not check(multinode)


def test_variables_of_the_operator_are_left_alone(multinode: Path, check: Check) -> None:
    settings = multinode / SETTINGS
    settings.write_text(settings.read_text() + "rack: 4\nmy_team_notes: {a: 1}\nansible_user: deploy\n2026: x\n")
    assert not check(multinode)


@pytest.mark.parametrize(
    "text",
    [
        "site_n: 3\ncorbel_workers: '{{ site_n }}'",
        "neutron_vni_range: '5:9,100:200'\nkeepalived_router_id_public: 60",
        "site_f: '{{ ansible_facts.fqdn }}'\ncorbel_region: 'R {{ site_f }}'",
        "corbel_public_name: 'api.{{ corbel_region | lower }}.example.com'",
        "corbel_region: \"{{ lookup('file', 'made/later') }}\"",
        "keystone_conf_overrides: {ldap: {password: '{{ corbel_secrets.keystone_admin }}'}}",
        "glance_api_conf_overrides: {cors: , DEFAULT: {debug: true, public_endpoint: }}",
        "nova_conf_overrides: {pci: {device_spec: [x, y]}}",
    ],
)
def test_settings_that_are_left_alone(text: str, multinode: Path, check: Check) -> None:
    settings = multinode / SETTINGS
    settings.write_text(f"{settings.read_text()}{text}\n")
    assert not check(multinode)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ansible_host: 198.51.100.23", "ansible_host: '2001:db8::23'"),
        ("ansible_host: 198.51.100.24", "ansible_host: 198.51.100.23\n      ansible_port: '2222'"),
        ("compute:\n", "compute:\n  vars: {nova_compute_virt_type: qemu}\n"),
        ("compute:\n  hosts:\n", "compute:\n  children: {computes: {}}\ncomputes:\n  hosts:\n"),
    ],
)
def test_hosts_that_are_left_alone(old: str, new: str, multinode: Path, check: Check) -> None:
    hosts = multinode / "hosts.yml"
    text = hosts.read_text()
    assert old in text
    hosts.write_text(text.replace(old, new, 1))
    assert not check(multinode)


def test_one_finding_for_one_misspelled_network(multinode: Path, check: Check) -> None:
    settings = multinode / SETTINGS
    settings.write_text(settings.read_text().replace("  management:", "  managment:"))
    assert {one.check for one in check(multinode)} == {"INV-005"}


def test_an_empty_group_is_named_once(multinode: Path, check: Check) -> None:
    hosts = multinode / "hosts.yml"
    hosts.write_text(hosts.read_text().replace("network:", "site_x:"))
    assert [one.check for one in check(multinode)] == ["INV-011"]


def test_empty_inventory(tmp_path: Path, check: Check) -> None:
    (tmp_path / "hosts.yml").write_text("---\nall: {}\n")
    checks = {one.check for one in check(tmp_path)}
    assert {"INV-011", "INV-013"} <= checks


@pytest.mark.parametrize(
    ("row", "found", "fix"),
    [
        (
            {"name": "corbel_old", "since": "0.2.0", "replacement": "corbel_region"},
            "0.2.0 renamed",
            "write corbel_region",
        ),
        ({"name": "corbel_old", "since": "0.2.0", "reason": "nothing: it is always on"}, "0.2.0 removed", "remove"),
    ],
)
def test_renamed_variable(
    row: dict[str, str], found: str, fix: str, multinode: Path, load: Callable[..., Cloud]
) -> None:
    settings = multinode / SETTINGS
    settings.write_text(f"{settings.read_text()}corbel_old: 1\n")
    cloud = load(multinode)
    cloud.knowledge = replace(cloud.knowledge, renamed={"corbel_old": row})
    [finding] = inventory_checks.run(cloud)
    assert finding.check == "INV-002"
    assert found in finding.found
    assert fix in finding.fix
    assert finding.where.rpartition(":")[2].isdigit()


def test_table_of_renamed_variables_has_its_form() -> None:
    rows = inventory_knowledge.load(ROOT / inventory_knowledge.RENAMED)
    assert all(row["name"] and row["since"] and (row.get("replacement") or row.get("reason")) for row in rows)


def test_file_of_extra_variables(tmp_path: Path, multinode: Path, check: Check) -> None:
    extra = tmp_path / "extra.yml"
    extra.write_text("---\ncorbel_wrokers: 3\n")
    [finding] = check(multinode, f"@{extra}")
    assert (finding.check, finding.where) == ("INV-001", f"{extra}:2")


def test_file_that_is_not_yaml(tmp_path: Path) -> None:
    folder = tmp_path / "group_vars" / "all"
    folder.mkdir(parents=True)
    (folder / "broken.yml").write_text("---\na: [1\nb: 2\n")
    (tmp_path / "hosts.yml").write_text("---\nall: {}\n")
    [finding] = inventory_sources.read([str(tmp_path)], [], tmp_path).findings
    assert (finding.check, finding.where) == ("INV-007", "group_vars/all/broken.yml:3")


def test_encrypted_file_is_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "group_vars" / "all"
    folder.mkdir(parents=True)
    (folder / "secrets.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n6162\n")
    assert inventory_sources.read([str(tmp_path)], [], tmp_path).findings == []


def test_deeper_group_wins(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text("---\nall: {children: {outer: {children: {inner: {hosts: {a: {}}}}}}}\n")
    for scope in ("all", "outer", "inner"):
        (tmp_path / "group_vars" / scope).mkdir(parents=True)
        (tmp_path / "group_vars" / scope / "x.yml").write_text("---\nx: 1\n")
    sources = inventory_sources.read([str(tmp_path)], [], tmp_path)
    assert sources.where("x", "a", ["outer", "inner"]) == "group_vars/inner/x.yml:2"
    assert sources.where("x", "b", []) == "group_vars/all/x.yml:2"
