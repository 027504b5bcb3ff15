"""Checks of networks for projects: MTU, descriptions that must agree, types, routers and their agents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible.module_utils.corbel.inventory_addresses import network_of
from ansible.module_utils.corbel.inventory_cloud import Cloud, Host
from ansible.module_utils.corbel.inventory_provider import LEAST_MTU, mapping
from ansible.module_utils.corbel.preflight_finding import Finding, shown

PROVIDERS, NETWORKS, RESOURCES = "corbel_provider_networks", "corbel_networks", "first_resources_networks"
ML2, NEUTRON = "neutron_ml2_conf_ini_overrides", "neutron_conf_overrides"
DISTRIBUTED, HIGHLY_AVAILABLE, MODE = "neutron_router_distributed", "neutron_router_ha", "neutron_l3_agent_mode"
# What VXLAN adds to a packet, by the version of IP that carries it.
OVERHEAD = {4: 50, 6: 70}
USUAL_MTU = 1500
# What must be alike on all hosts, with what counts where it is not given.
COMMON: dict[str, Any] = {"type": "flat", "vlan_ranges": [], "mtu": USUAL_MTU}
PROJECT_TYPES = {"flat", "vlan", "vxlan", "local"}


def check(cloud: Cloud) -> Iterator[Finding]:
    """Run the checks of this file on clouds that have networking."""
    yield from same_providers(cloud)
    if "neutron" in cloud.enabled():
        yield from overlay(cloud)
        yield from project_types(cloud)
        yield from distributed(cloud)
        yield from highly_available(cloud)


def overlay(cloud: Cloud) -> Iterator[Finding]:
    """Check that what is left of a packet inside a tunnel is enough, and that nothing asks for more."""
    tunnel = mapping(mapping(cloud.value(NETWORKS)).get("tunnel"))
    network, mtu = network_of(tunnel.get("cidr")), tunnel.get("mtu", USUAL_MTU)
    if not network or not isinstance(mtu, int):
        return
    overhead = OVERHEAD[network.version]
    inside = mtu - overhead
    if LEAST_MTU <= mtu < LEAST_MTU + overhead:
        yield cloud.finding(
            "INV-033",
            NETWORKS,
            mtu,
            f"at least {LEAST_MTU + overhead}: VXLAN takes {overhead} bytes, and IPv6 inside needs {LEAST_MTU}",
            "raise the MTU of the tunnel network and of its switches",
            path=("tunnel", "mtu"),
        )
    for index, raw in enumerate(_list(cloud.value(RESOURCES))):
        row = mapping(raw)
        wanted = row.get("mtu")
        if isinstance(wanted, int) and not row.get("physical_network") and wanted > inside:
            yield cloud.finding(
                "INV-033",
                RESOURCES,
                wanted,
                f"at most {inside}: the tunnel network has {mtu}, of which VXLAN takes {overhead}",
                f"write {inside} or less, or raise corbel_networks.tunnel.mtu",
                path=(index, "mtu"),
            )
    for variable, section, option in ((ML2, "ml2", "path_mtu"), (NEUTRON, "DEFAULT", "global_physnet_mtu")):
        for host, overrides in cloud.settings(variable):
            value = mapping(mapping(overrides).get(section)).get(option)
            if isinstance(value, int) and ((option == "path_mtu" and value > mtu) or 0 < value < LEAST_MTU):
                yield cloud.finding(
                    "INV-033",
                    variable,
                    value,
                    f"{LEAST_MTU} to {mtu}, the MTU of the tunnel network",
                    "remove the override, and set corbel_networks.tunnel.mtu",
                    host=host,
                    path=(section, option),
                )


def same_providers(cloud: Cloud) -> Iterator[Finding]:
    """Check that hosts describe a physical network alike; only bridge and interface may differ."""
    first: dict[str, tuple[Host, dict[str, Any]]] = {}
    servers = cloud.groups.get("neutron", [])
    for host, rows in sorted(cloud.settings(PROVIDERS), key=lambda one: one[0].name not in servers):
        for index, raw in enumerate(_list(rows)):
            row = mapping(raw)
            name = str(row.get("name"))
            form = {key: row.get(key) or usual for key, usual in COMMON.items()}
            other, usual = first.setdefault(name, (host, form))
            for key in COMMON:
                if form[key] != usual[key]:
                    yield cloud.finding(
                        "INV-034",
                        PROVIDERS,
                        None,
                        f"the same {key} on every host; {other.name} has {shown(usual[key])}",
                        f"write one {key} for {name}; only bridge and interface may differ",
                        host=host,
                        path=(index,),
                        found=f"{key} {shown(form[key])} for {name}",
                    )
    if not first or "neutron" not in cloud.enabled():
        return
    for host in cloud.members("neutron"):
        rows = cloud.value(PROVIDERS, host)
        lacking = sorted(set(first) - {str(mapping(row).get("name")) for row in _list(rows)})
        if lacking and isinstance(rows, list):
            yield cloud.finding(
                "INV-034",
                PROVIDERS,
                None,
                f"{', '.join(lacking)} as well: Neutron's server offers only what its own host lists",
                "set the variable in group_vars/all, and what differs for the group or host beside it",
                host=host,
                found=f"no {', '.join(lacking)} in the list of this host",
            )


def project_types(cloud: Cloud) -> Iterator[Finding]:
    """Check overridden types of the networks that projects make."""
    tunnels = "tunnel" in mapping(cloud.value(NETWORKS))
    for host, overrides in cloud.settings(ML2):
        section = mapping(mapping(overrides).get("ml2"))
        for option in ("project_network_types", "tenant_network_types"):
            value = section.get(option)
            for kind in (
                [one.strip() for one in value.split(",")] if isinstance(value, str) and "{{" not in value else []
            ):
                expected = ""
                if kind not in PROJECT_TYPES:
                    expected = f"one of {', '.join(sorted(PROJECT_TYPES))}"
                elif kind == "vxlan" and not tunnels:
                    expected = "no vxlan, since corbel_networks has no tunnel network"
                elif kind == "vlan" and not _vlans(cloud):
                    expected = "no vlan, since no provider network has vlan_ranges"
                if expected:
                    yield cloud.finding(
                        "INV-035",
                        ML2,
                        kind,
                        expected,
                        "remove the override: the networks that are declared decide",
                        host=host,
                        path=("ml2", option),
                    )


def distributed(cloud: Cloud) -> Iterator[Finding]:
    """Check that routers on hypervisors have the agents they need, and agents a mode that fits."""
    wanted = cloud.value(DISTRIBUTED) is True
    if wanted and "nova_compute" in cloud.enabled():
        for group in ("neutron_l3", "neutron_metadata"):
            members = set(cloud.groups.get(group, []))
            lacking = tuple(host.name for host in cloud.members("nova_compute") if host.name not in members)
            if lacking:
                yield Finding(
                    "INV-036",
                    f"hypervisors outside of group {group}",
                    f"every host of nova_compute in {group}, since {DISTRIBUTED} is true",
                    f"add compute to the children of {group} in groups.yml",
                    variable=f"group {group}",
                    where=cloud.where(DISTRIBUTED),
                    hosts=lacking,
                )
    if wanted and cloud.value("neutron_l2_population") is False:
        yield cloud.finding(
            "INV-036",
            "neutron_l2_population",
            False,
            f"true, which {DISTRIBUTED} needs",
            "remove the line",
        )
    fits = {"dvr", "dvr_snat", "dvr_no_external"} if wanted else {"legacy"}
    for host, mode in cloud.settings(MODE):
        if isinstance(mode, str) and mode != "auto" and mode not in fits and "{{" not in mode:
            yield cloud.finding(
                "INV-036",
                MODE,
                mode,
                f"auto or {', '.join(sorted(fits))}, since {DISTRIBUTED} is {str(wanted).lower()}",
                "remove the line: the role chooses what fits",
                host=host,
            )
    if wanted:
        modes = [_mode(cloud, host) for host in cloud.members("neutron_l3")]
        if modes and "dvr_snat" not in modes:
            yield Finding(
                "INV-036",
                "no agent with mode dvr_snat",
                "at least one host of neutron_l3 in group network: servers without a floating address leave there",
                "add network to the children of neutron_l3 in groups.yml",
                variable="group neutron_l3",
                where=cloud.where(DISTRIBUTED),
            )


def highly_available(cloud: Cloud) -> Iterator[Finding]:
    """Check that routers and DHCP have as many agents as they ask for."""
    centres = [host.name for host in cloud.members("neutron_l3") if _mode(cloud, host) in {"legacy", "dvr_snat"}]
    if cloud.value(HIGHLY_AVAILABLE) is True and len(centres) == 1:
        yield cloud.finding(
            "INV-037",
            HIGHLY_AVAILABLE,
            True,
            f"at least 2 L3 agents that such a router can be on; there is {centres[0]}",
            "add a host to group network, or remove the line: the number of hosts decides",
        )
    agents = cloud.value("neutron_router_ha_agents")
    if isinstance(agents, int) and agents < 2 and cloud.value(HIGHLY_AVAILABLE) is not False and len(centres) > 1:
        yield cloud.finding(
            "INV-037", "neutron_router_ha_agents", agents, "2 or more: one to work, one to take over", "write 2 or 3"
        )
    wanted, present = cloud.value("neutron_dhcp_agents_per_network"), len(cloud.members("neutron_dhcp"))
    if isinstance(wanted, int) and present and not 1 <= wanted <= present:
        yield cloud.finding(
            "INV-037",
            "neutron_dhcp_agents_per_network",
            wanted,
            f"1 to {present}, the number of hosts in group neutron_dhcp",
            "remove the line: the number of hosts decides",
        )


def _mode(cloud: Cloud, host: Host) -> str:
    mode = str(cloud.value(MODE, host))
    if mode != "auto":
        return mode
    if cloud.value(DISTRIBUTED) is not True:
        return "legacy"
    return "dvr_snat" if "network" in host.groups else "dvr"


def _vlans(cloud: Cloud) -> bool:
    return any(mapping(row).get("vlan_ranges") for _, rows in cloud.settings(PROVIDERS) for row in _list(rows))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
