"""Inventories whose parts do not fit each other, each an example with one change, and the finding that must name it."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from ansible.module_utils.corbel.preflight_finding import WARNING, Finding, render, report, waive
from ansible.module_utils.corbel.preflight_register import CHECKS
from corpus import SETTINGS, Case, broken, matching

from lab.inventory import write
from lab.paths import LabPaths
from lab.plan import make
from lab.topology import load as load_topology

Check = Callable[..., list[Finding]]
FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[2]
ALL = "[keystone, glance, placement, nova, nova_compute, neutron, neutron_openvswitch, neutron_l3, neutron_dhcp, "
ALL += "neutron_metadata, cinder, cinder_volume, cinder_backup, swift_storage, swift]"
DEVICES = "swift_storage_devices: [{name: d1, serial: S1}, {name: d2, serial: S2}, {name: d3, serial: S3}]"
BACKEND = "cinder_volume_backends: [{name: fast, driver: lvm, volume_group: g, disks: [{serial: S2}]}]"
PROVIDER = "corbel_provider_networks:\n  - {name: physnet1, type: flat, bridge: br-ex, interface: eth1}\n"
KEYS = "[" + ", ".join(["'" + letter * 43 + "='" for letter in "abc"]) + "]"

CASES = [
    Case(
        "tunnel too narrow for IPv6 inside",
        "INV-033",
        "corbel_networks.tunnel.mtu",
        old="tunnel: {cidr: 203.0.113.0/24}",
        new="tunnel: {cidr: 203.0.113.0/24, mtu: 1300}",
        expected="at least 1330",
        fix="raise the MTU",
    ),
    Case(
        "network larger than its tunnel",
        "INV-033",
        "first_resources_networks[0].mtu",
        add="first_resources_networks: [{name: big, mtu: 1500}]",
        expected="at most 1450",
    ),
    Case(
        "path_mtu beyond the tunnel network",
        "INV-033",
        "neutron_ml2_conf_ini_overrides.ml2.path_mtu",
        add="neutron_ml2_conf_ini_overrides: {ml2: {path_mtu: 9000}}",
        expected="1280 to 1500",
        fix="corbel_networks.tunnel.mtu",
    ),
    Case(
        "provider network with two sizes",
        "INV-034",
        "corbel_provider_networks[0]",
        file="group_vars/compute.yml",
        add=PROVIDER.replace("eth1}", "eth1, mtu: 9000}").rstrip(),
        found="mtu 9000 for physnet1",
        expected="the same mtu on every host",
        hosts=("compute1", "compute2"),
    ),
    Case(
        "provider network that the server does not know",
        "INV-034",
        "corbel_provider_networks",
        file="group_vars/controller.yml",
        add="corbel_provider_networks: []",
        found="no physnet1",
        hosts=("controller1",),
    ),
    Case(
        "type of networks that is none",
        "INV-035",
        "neutron_ml2_conf_ini_overrides.ml2.project_network_types",
        add="neutron_ml2_conf_ini_overrides: {ml2: {project_network_types: 'vxlan,geneve'}}",
        found="geneve",
        expected="one of flat",
    ),
    Case(
        "VLANs for projects without a range",
        "INV-035",
        "neutron_ml2_conf_ini_overrides.ml2.project_network_types",
        add="neutron_ml2_conf_ini_overrides: {ml2: {project_network_types: vlan}}",
        expected="vlan_ranges",
    ),
    Case(
        "distributed routers without agents",
        "INV-036",
        "group neutron_l3",
        add="neutron_router_distributed: true",
        fix="add compute to the children of neutron_l3",
        hosts=("compute1", "compute2"),
    ),
    Case(
        "distributed routers without population",
        "INV-036",
        "neutron_l2_population",
        add="neutron_router_distributed: true\nneutron_l2_population: false",
        expected="true, which neutron_router_distributed needs",
    ),
    Case(
        "mode of distributed routers where there are none",
        "INV-036",
        "neutron_l3_agent_mode",
        add="neutron_l3_agent_mode: dvr_snat",
        expected="auto or legacy",
        fix="remove the line",
    ),
    Case(
        "distributed routers without a centre",
        "INV-036",
        "group neutron_l3",
        file="groups.yml",
        old="neutron_l3:\n  children: {network: {}}",
        new="neutron_l3:\n  children: {compute: {}}\n  vars: {neutron_router_distributed: true}",
        found="no agent with mode dvr_snat",
        line=False,
    ),
    Case(
        "high availability with one agent",
        "INV-037",
        "neutron_router_ha",
        add="neutron_router_ha: true",
        expected="at least 2 L3 agents that such a router can be on; there is network1",
    ),
    Case(
        "more DHCP agents than hosts",
        "INV-037",
        "neutron_dhcp_agents_per_network",
        add="neutron_dhcp_agents_per_network: 2",
        expected="1 to 1",
    ),
    Case(
        "group with two sources",
        "INV-038",
        "group nova_compute",
        file="groups.yml",
        old="nova_compute:\n  children: {compute: {}}",
        new="nova_compute:\n  children: {compute: {}}\n  hosts: {compute1: {}}",
        found="hosts compute1 and children compute",
        line=False,
    ),
    Case(
        "host that nothing prepares",
        "INV-039",
        file="groups.yml",
        old="database:\n  children: {controller: {}}",
        new="database:\n  children: {databases: {}}\ndatabases:\n  hosts:\n    db1:\n"
        "      ansible_host: 198.51.100.40\n      corbel_addresses: {management: 198.51.100.40}",
        found="in database and in none of controller, network, compute, storage",
        hosts=("db1",),
        line=False,
    ),
    Case(
        "hypervisor without a switch",
        "INV-039",
        "group neutron_openvswitch",
        file="groups.yml",
        old="neutron_openvswitch:\n  children: {network: {}, compute: {}}",
        new="neutron_openvswitch:\n  children: {network: {}}",
        found="in group nova_compute",
        hosts=("compute1", "compute2"),
        line=False,
    ),
    Case(
        "API without its cache",
        "INV-039",
        "group memcached",
        file="groups.yml",
        old="memcached:\n  children: {controller: {}}",
        new="memcached:\n  children: {network: {}}",
        expected="memcached on each host of keystone",
        hosts=("controller1",),
        line=False,
    ),
    Case("domain of servers", "INV-045", "neutron_dns_domain", add="neutron_dns_domain: Bad_Domain", fix="mend"),
    Case("life of a token", "INV-004", "keystone_token_seconds", add="keystone_token_seconds: 5", expected="60"),
    Case(
        "own processor without a model",
        "INV-049",
        "nova_compute_cpu_mode",
        add="nova_compute_cpu_mode: custom",
        expected="nova_compute_cpu_models",
    ),
    Case(
        "models without the mode",
        "INV-049",
        "nova_compute_cpu_models",
        add="nova_compute_cpu_models: [Nehalem]",
        expected="nova_compute_cpu_mode: custom",
    ),
    Case(
        "tempauth without users",
        "INV-049",
        "swift_auth",
        add=f"swift_auth: tempauth\ncorbel_services: {ALL}\n{DEVICES}",
        expected="swift_tempauth_users",
    ),
    Case(
        "backups without identities",
        "INV-049",
        "swift_auth",
        add=f"swift_auth: tempauth\ncorbel_services: {ALL}\n{DEVICES}",
        expected="since cinder_backup stores backups as the owner",
    ),
    Case(
        "rings on a network of their own",
        "INV-002",
        "swift_rings_network",
        add=f"swift_rings_network: objects\ncorbel_services: {ALL}\n{DEVICES}",
        expected="the network storage of corbel_networks",
        fix="remove the variable",
    ),
    Case(
        "key with a space",
        "INV-004",
        "swift_tempauth_users[0].key",
        add="swift_tempauth_users: [{account: a, user: u, key: hunter2 .reseller_admin}]",
        found="not shown",
        expected="a key without spaces",
    ),
    Case(
        "groups in one text",
        "INV-004",
        "swift_tempauth_users[0].groups[0]",
        add="swift_tempauth_users: [{account: a, user: u, key: hunter2, groups: ['.admin .reseller_admin']}]",
        expected="without spaces",
    ),
    Case(
        "address among the groups",
        "INV-004",
        "swift_tempauth_users[0].groups[1]",
        add="swift_tempauth_users: [{account: a, user: u, key: hunter2, groups: [.admin, 'https://a.example.com/v1/x']}]",
        expected="no address",
    ),
    Case(
        "account with a colon",
        "INV-004",
        "swift_tempauth_users[0].account",
        add="swift_tempauth_users: [{account: 'a:b', user: u, key: hunter2}]",
        expected="without spaces, colons and commas",
    ),
    Case(
        "user that the role makes",
        "INV-004",
        "swift_tempauth_users[1]",
        add="swift_tempauth_users: [{account: a, user: u, key: hunter2}, "
        "{account: dispersion, user: dispersion, key: hunter2}]",
        found="dispersion:dispersion",
        expected="once",
    ),
    Case(
        "limit that is no number",
        "INV-004",
        "swift_container_ratelimits.many",
        add="swift_container_ratelimits: {many: 50}",
        found="many: 50",
        fix="{100000: 50}",
    ),
    Case(
        "limit below nothing",
        "INV-004",
        "swift_container_ratelimits.1000",
        add="swift_container_ratelimits: {1000: -1}",
    ),
    Case(
        "realm with a misspelled key",
        "INV-005",
        "swift_sync_realms.us.cluster",
        add="swift_sync_realms: {us: {key: hunter2, cluster: {one: 'https://a.example.com/v1/'}}}",
        expected="key and clusters only",
    ),
    Case(
        "realm without clusters",
        "INV-005",
        "swift_sync_realms.us",
        add="swift_sync_realms: {us: {key: hunter2}}",
        found="no key clusters",
    ),
    Case(
        "realm that is a text",
        "INV-003",
        "swift_sync_realms.us",
        add="swift_sync_realms: {us: hunter2}",
        expected="a dictionary with key and clusters",
    ),
    Case(
        "key of a realm that is a list",
        "INV-003",
        "swift_sync_realms.us.key",
        add="swift_sync_realms: {us: {key: [hunter2], clusters: {one: 'https://a.example.com/v1/'}}}",
        expected="a text",
    ),
    Case(
        "cluster without an address",
        "INV-004",
        "swift_sync_realms.us.clusters.one",
        add="swift_sync_realms: {us: {key: hunter2, clusters: {one: a.example.com}}}",
        expected="http",
    ),
    *(
        Case(f"{name} {value}", "INV-004", name, add=f"{name}: {value}", expected=f"a number from {least} to")
        for name, value, least in (
            ("swift_account_ratelimit", -0.5, 0),
            ("swift_dispersion_coverage", 0, 0.001),
            ("swift_dispersion_coverage", 100.5, 0.001),
            ("swift_rings_backups", 0, 1),
            ("swift_rings_timeout_seconds", 0, 1),
            ("swift_storage_audit_interval", -1, 1),
            ("swift_storage_expire_interval", 0, 1),
            ("swift_storage_replication_interval", 0, 1),
            ("swift_storage_rsync_connections", 0, 1),
            ("swift_storage_shard_objects", -1, 0),
            ("swift_storage_update_interval", 0, 1),
            ("swift_storage_workers", -1, 0),
            ("swift_workers", 5000, 0),
        )
    ),
    Case(
        "volume types without volumes",
        "INV-049",
        "first_resources_volume_types",
        add="first_resources_volume_types: [{name: fast}]",
        expected="cinder in corbel_services",
    ),
    Case(
        "too few keys of tokens",
        "INV-052",
        "corbel_secrets.keystone_fernet_keys",
        add=f"corbel_secrets: {{keystone_fernet_keys: ['{'a' * 43}=']}}",
        found="1 keys",
        expected="3 keys",
        fix="secrets_rotate",
        line=False,
    ),
    Case(
        "keys of tokens that are none",
        "INV-052",
        "corbel_secrets.keystone_fernet_keys",
        add="corbel_secrets: {keystone_fernet_keys: [hunter2hunter2a, hunter2hunter2b, hunter2hunter2c]}",
        found="of which 3 have not the form",
        line=False,
    ),
    Case(
        "other number of active keys",
        "INV-052",
        "keystone_conf_overrides.fernet_tokens.max_active_keys",
        add="keystone_conf_overrides: {fernet_tokens: {max_active_keys: 5}}",
        expected="3, the number of keys",
    ),
    Case(
        "disk with two owners",
        "INV-064",
        "cinder_volume_backends[0].disks[0].serial",
        add=f"{DEVICES}\n{BACKEND}",
        found="S2",
        expected="swift_storage_devices[1]",
    ),
    Case(
        "cluster of LVM",
        "INV-065",
        "cinder_volume_conf_overrides.DEFAULT.cluster",
        add=f"cinder_volume_conf_overrides: {{DEFAULT: {{cluster: one}}}}\n{BACKEND}",
        expected="no cluster",
    ),
    Case(
        "new hash of object storage",
        "INV-074",
        "secrets_rotate[0]",
        add="secrets_rotate: [swift_hash_suffix]",
        expected="every object would be looked for in another place",
    ),
    Case(
        "hash of its own",
        "INV-074",
        "swift_conf_overrides.swift-hash.swift_hash_path_suffix",
        add="swift_conf_overrides: {swift-hash: {swift_hash_path_suffix: hunter2hunter2}}",
        fix="remove the override",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_parts_that_do_not_fit(case: Case, multinode: Path, check: Check) -> None:
    broken(multinode, case)
    findings = check(multinode)
    found = matching(findings, case)
    assert found, render(findings) or "no finding at all"
    if case.line:
        assert any(one.where.rpartition(":")[2].isdigit() for one in found), found
    assert "hunter2" not in render(findings)


GOOD = [
    Case("large tunnels", "", old="tunnel: {cidr: 203.0.113.0/24}", new="tunnel: {cidr: 203.0.113.0/24, mtu: 9000}"),
    Case("network as large as its tunnel lets it be", "", add="first_resources_networks: [{name: n, mtu: 1450}]"),
    Case("interface of its own", "", file="group_vars/compute.yml", add=PROVIDER.replace("eth1", "eno2")),
    Case(
        "agents as they are",
        "",
        add="neutron_router_ha: false\nneutron_l3_agent_mode: legacy\nneutron_dhcp_agents_per_network: 1",
    ),
    Case("own processor", "", add="nova_compute_cpu_mode: custom\nnova_compute_cpu_models: [Nehalem]"),
    Case("domain", "", add="neutron_dns_domain: 'servers.example.com.'\nsecrets_rotate: [glance_database]"),
    Case(
        "object storage as it may be told",
        "",
        add="swift_tempauth_users: [{account: a, user: u, key: '{{ own | default(''hunter2'') }}', groups: [.admin]}]\n"
        "swift_sync_realms: {us: {key: '{{ own | default(''hunter2'') }}', clusters: {one: 'https://a.example.com/v1/'}}}\n"
        "swift_container_ratelimits: {100000: 50, 1000000: 0.5}\nswift_workers: 0\nswift_dispersion_coverage: 0.5",
    ),
    Case("disks apart", "", add=BACKEND + "\n" + DEVICES.replace("S2", "S4")),
]


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_parts_that_fit(case: Case, multinode: Path, check: Check) -> None:
    broken(multinode, case)
    findings = check(multinode)
    assert not findings, render(findings)


def test_distributed_routers_with_their_agents(multinode: Path, check: Check) -> None:
    groups = multinode / "groups.yml"
    text = groups.read_text()
    for name in ("neutron_l3", "neutron_metadata"):
        assert f"{name}:\n  children: {{network: {{}}}}" in text
        text = text.replace(
            f"{name}:\n  children: {{network: {{}}}}", f"{name}:\n  children: {{network: {{}}, compute: {{}}}}"
        )
    groups.write_text(text)
    settings = multinode / SETTINGS
    settings.write_text(settings.read_text() + "neutron_router_distributed: true\n")
    findings = check(multinode)
    assert not findings, render(findings)


def test_keys_of_tokens_that_are_right(multinode: Path, check: Check) -> None:
    settings = multinode / SETTINGS
    settings.write_text(f"{settings.read_text()}corbel_secrets: {{keystone_fernet_keys: {KEYS}}}\n")
    assert {one.check for one in check(multinode)} == {"INV-050"}


def test_severity_is_that_of_the_register(multinode: Path, check: Check) -> None:
    broken(multinode, next(case for case in CASES if case.check == "INV-038"))
    assert [(one.check, one.severity) for one in check(multinode)] == [("INV-038", WARNING)]


@pytest.mark.parametrize("name", ["default", "small", "all_in_one"])
def test_clouds_of_the_lab_are_clean(name: str, tmp_path: Path, check: Check) -> None:
    lab = LabPaths("test", tmp_path)
    write(lab, make("test", load_topology(name), IPv4Network("198.18.0.0/20")), ROOT)
    findings = check(lab.inventory)
    assert not findings, render(findings)


def test_a_waiver_is_in_the_report(multinode: Path, check: Check) -> None:
    broken(multinode, next(case for case in CASES if case.name == "high availability with one agent"))
    rows = report(*waive(check(multinode), ["INV-037"]))
    assert [(row["check"], row["waived"], row["page"]) for row in rows] == [
        ("INV-037", True, "docs/checks.md#inv-037"),
    ]


def test_every_static_check_has_a_case() -> None:
    tested: set[str] = set()
    for path in FOLDER.glob("test_*.py"):
        if path.name != "test_host_checks.py":
            tested |= set(re.findall(r'"((?:INV|CTL)-\d{3})"', path.read_text()))
    assert {name for name in CHECKS if name.startswith(("INV", "CTL"))} - tested == set()
