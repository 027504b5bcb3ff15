"""A made-up cloud and its plan, for the tests of how plans are shown and compared."""

from __future__ import annotations

from ansible.module_utils.corbel.plan_collect import Item
from ansible.module_utils.corbel.plan_model import Plan

CONF = "/etc/nova/nova.conf"
DIFF = ("@@ -1,3 +1,3 @@", " [conductor]", "-workers = 2", "+workers = 4", " [database]")


def host(number: int, *groups: str, services: tuple[str, ...] = ()) -> dict[str, object]:
    addresses = {"management": f"198.51.100.{number}", "tunnel": f"203.0.113.{number}"}
    if "network" in groups:
        addresses.pop("tunnel")
    return {"groups": list(groups), "addresses": addresses, "services": list(services)}


def items() -> list[Item]:
    restart = [
        Item(f"controller{number}", "nova", "unit", "nova-api.service", "restart", f"changed: {CONF}")
        for number in (1, 2, 3)
    ]
    change = [Item(f"controller{number}", "nova", "file", CONF, "change", diff=DIFF) for number in (1, 2, 3)]
    return [
        *change,
        *restart,
        Item("controller1", "nova", "schema", "nova in nova_api", "migrate", "from 2026.1-a to 2026.1-b"),
        Item("compute2", "host_base", "package", "chrony", "install"),
        Item("compute2", "nova_compute", "file", "/etc/nova/nova.conf", "create", diff=("@@ -0,0 +1 @@", "+[DEFAULT]")),
        Item("compute2", "nova_compute", "unit", "nova-compute.service", "start", "it does not exist yet"),
        Item("localhost", "secrets", "secret", "heat_domain_admin", "create", hidden=True),
    ]


def plan() -> Plan:
    api = ("keystone", "glance", "placement", "nova", "neutron", "heat", "horizon")
    agents = ("neutron_openvswitch", "nova_compute")
    hosts = {f"controller{number}": host(20 + number, "controller", services=api) for number in (1, 2, 3)}
    hosts |= {"network1": host(24, "network", services=("neutron_l3", "neutron_dhcp"))}
    hosts |= {f"compute{number}": host(30 + number, "compute", services=agents) for number in (1, 2)}
    hosts |= {"storage1": host(41, "storage", services=("cinder_volume",))}
    return Plan(
        cloud="mycloud",
        playbook="site.yml",
        made="2026-11-29T01:00:00+00:00",
        inventory={"mycloud/hosts.yml": "1", "mycloud/group_vars/all/corbel.yml": "2"},
        variables={},
        code={"roles/nova/templates/nova.conf.j2": "3"},
        hosts=hosts,
        networks={"management": "198.51.100.0/24", "tunnel": "203.0.113.0/24"},
        addresses={"internal": "198.51.100.10", "public": "198.51.100.11"},
        services=["secrets", "host_base", "nova", "nova_compute"],
        items=items(),
        failures={"storage1": "it cannot be reached"},
        shortages=[
            {
                "api": "nova-api",
                "service": "nova",
                "backends": 3,
                "restarting": 3,
                "at_once": 2,
                "left": 1,
                "batches": 2,
                "seconds": 24.0,
            }
        ],
        estimate={"services": {"nova": 61.2, "host_base": None}, "seconds": 61.2, "unknown": ["host_base"], "runs": 4},
    )
