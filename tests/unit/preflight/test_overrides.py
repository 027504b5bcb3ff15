"""Overrides against the option lists of a release: unknown, deprecated and ill-typed options, each with its cure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ansible.module_utils.corbel import option_list
from ansible.module_utils.corbel.preflight_finding import WARNING, Finding, render
from corpus import SETTINGS, Case, broken, matching

Check = Callable[..., list[Finding]]
KEYSTONE, NOVA, CINDER = "keystone_conf_overrides", "nova_conf_overrides", "cinder_volume_conf_overrides"
BACKEND = "cinder_volume_backends: [{{name: fast, driver: lvm, volume_group: g, disks: [{{serial: S1}}]{options}}}]"

CASES = [
    Case(
        "misspelled option",
        "INV-090",
        f"{KEYSTONE}.token.expirationn",
        add=f"{KEYSTONE}: {{token: {{expirationn: 60}}}}",
        found="option expirationn, which nothing reads in section token",
        fix="write expiration",
    ),
    Case(
        "misspelled section",
        "INV-090",
        f"{NOVA}.libvirtt",
        add=f"{NOVA}: {{libvirtt: {{virt_type: qemu}}}}",
        expected="the nearest is libvirt",
        fix="write libvirt",
    ),
    Case(
        "option in another section",
        "INV-090",
        f"{NOVA}.DEFAULT.virt_type",
        add=f"{NOVA}: {{DEFAULT: {{virt_type: qemu}}}}",
        fix="move it to section libvirt",
    ),
    Case(
        "option of the wrong agent",
        "INV-090",
        "neutron_l3_conf_overrides.DEFAULT.dnsmasq_dns_servers",
        add="neutron_l3_conf_overrides: {DEFAULT: {dnsmasq_dns_servers: 192.0.2.1}}",
        found="which nothing reads in section DEFAULT",
    ),
    Case(
        "unknown option of a backend",
        "INV-090",
        "cinder_volume_backends[0].options.lvm_pool_nme",
        add=BACKEND.format(options=", options: {lvm_pool_nme: x}"),
        found="lvm_pool_nme",
    ),
    Case(
        "old name",
        "INV-091",
        f"{NOVA}.DEFAULT.console_token_ttl",
        add=f"{NOVA}: {{DEFAULT: {{console_token_ttl: 600}}}}",
        expected="token_ttl in section consoleauth",
        fix="write token_ttl in section consoleauth",
    ),
    Case(
        "option that goes",
        "INV-091",
        f"{NOVA}.DEFAULT.default_green_pool_size",
        add=f"{NOVA}: {{DEFAULT: {{default_green_pool_size: 1000}}}}",
        found="later release",
    ),
    Case(
        "word for a number",
        "INV-092",
        f"{KEYSTONE}.token.expiration",
        add=f"{KEYSTONE}: {{token: {{expiration: soon}}}}",
        found="soon (string)",
        expected="a whole number",
    ),
    Case(
        "number for a boolean",
        "INV-092",
        f"{NOVA}.DEFAULT.debug",
        add=f"{NOVA}: {{DEFAULT: {{debug: 2}}}}",
        expected="true or false",
    ),
    Case(
        "choice that is none",
        "INV-092",
        f"{NOVA}.libvirt.virt_type",
        add=f"{NOVA}: {{libvirt: {{virt_type: kwm}}}}",
        expected="one of kvm",
    ),
    Case(
        "number out of bounds",
        "INV-092",
        f"{NOVA}.libvirt.num_pcie_ports",
        add=f"{NOVA}: {{libvirt: {{num_pcie_ports: 99}}}}",
        expected="a whole number from 0 to 28",
    ),
    Case(
        "lines for a list",
        "INV-092",
        f"{KEYSTONE}.auth.methods",
        add=f"{KEYSTONE}: {{auth: {{methods: [password, token]}}}}",
        found="only the last counts",
        fix='write "password,token"',
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_override_that_does_not_fit(case: Case, multinode: Path, check: Check) -> None:
    broken(multinode, case)
    findings = check(multinode)
    assert matching(findings, case), render(findings) or "no finding at all"
    assert all(one.where.rpartition(":")[2].isdigit() for one in findings)


@pytest.mark.parametrize(
    "text",
    [
        f"{KEYSTONE}: {{token: {{expiration: '60'}}, DEFAULT: {{debug: 'yes'}}, cache: {{enabled: }}}}",
        f"{NOVA}: {{DEFAULT: {{my_ip: $host}}, upgrade_levels: {{compute: auto}}, oslo_limit: {{username: x}}}}",
        f"{NOVA}: {{service_user: {{auth_url: https://x, password: '{{{{ site_password }}}}'}}}}\nsite_password: ''",
        f"{CINDER}: {{fast: {{volume_clear: none}}}}\n" + BACKEND.format(options=""),
        f"{CINDER}: {{DEFAULT: {{enabled_backends: 'a, b'}}, b: {{volume_driver: x, lvm_type: thin}}}}",
        "glance_api_conf_overrides: {os_glance_staging_store: {filesystem_store_datadir: /srv}}",
        "neutron_l3_conf_overrides: {privsep_link: {helper_command: x}}",
        "neutron_ml2_conf_ini_overrides: {ml2_type_vxlan: {vni_ranges: '1:9,20:30'}}",
        "swift_proxy_server_conf_overrides: {'filter:site': {use: 'egg:site#x'}}",
    ],
)
def test_override_that_fits(text: str, multinode: Path, check: Check) -> None:
    settings = multinode / SETTINGS
    settings.write_text(f"{settings.read_text()}{text}\n")
    findings = check(multinode)
    assert not findings, render(findings)


def test_a_deprecated_option_does_not_stop_a_run(multinode: Path, check: Check) -> None:
    broken(multinode, next(case for case in CASES if case.name == "old name"))
    assert [(one.check, one.severity) for one in check(multinode)] == [("INV-091", WARNING)]


def test_lists_are_read_only_when_something_is_overridden(
    multinode: Path, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(option_list, "read", lambda path: pytest.fail(f"{path} was read"))
    assert check(multinode) == []


@pytest.mark.parametrize(
    ("form", "value", "expected"),
    [
        ({"type": "int", "min": 1}, 0, "a whole number, at least 1"),
        ({"type": "int", "max": 9}, "10", "a whole number, at most 9"),
        ({"type": "int"}, True, "a whole number"),
        ({"type": "float"}, "x", "a number"),
        ({"type": "int"}, "", ""),
        ({"type": "list", "item": "int"}, "1, x", "numbers with commas between"),
        ({"type": "list"}, "a,b", ""),
        ({"type": "ip"}, "192.0.2.300", "an IP address"),
        ({"type": "ip"}, "[2001:db8::1]", ""),
        ({"type": "dict"}, "a:1,b", "pairs key:value with commas between"),
        ({"choices": ["A", "b"]}, "a", "one of A, b"),
        ({"choices": ["A", "b"], "any_case": True}, "a", ""),
        ({"type": "bool"}, "off", ""),
        ({}, 5, ""),
    ],
)
def test_values(form: dict[str, object], value: object, expected: str) -> None:
    known = option_list.OptionList({"s": {"o": 0}}, {}, [form], {})
    found = list(option_list.misfits({"s": {"o": value}}, known, set()))
    assert [one.expected for one in found] == ([expected] if expected else [])
