"""Checks of settings that need other settings, and of those that must not change once there is data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.corbel.inventory_cloud import Cloud
from ansible.module_utils.corbel.inventory_provider import mapping
from ansible.module_utils.corbel.preflight_finding import Finding

SECRETS, ROTATE = "corbel_secrets", "secrets_rotate"
# What is stored can be found, or read, with these only.
FOR_EVER = {
    "swift_hash_prefix": "every object would be looked for in another place",
    "swift_hash_suffix": "every object would be looked for in another place",
    "swift_encryption_root": "no encrypted object could be read",
    "heat_encryption": "no credential or hidden parameter of a stack could be read",
    "keystone_credential_keys": "no stored credential could be read",
}
HASHES = ("swift_hash_path_prefix", "swift_hash_path_suffix")
FERNET = "keystone_fernet_keys"
FERNET_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
BACKENDS, CINDER = "cinder_volume_backends", "cinder_volume_conf_overrides"


def check(cloud: Cloud) -> Iterator[Finding]:
    """Run the checks of this file."""
    enabled = cloud.enabled()
    yield from _needs(cloud, enabled)
    yield from for_ever(cloud)
    yield from fernet(cloud)
    yield from clusters(cloud)
    yield from shared_disks(cloud)


def _needs(cloud: Cloud, enabled: Mapping[str, Any]) -> Iterator[Finding]:
    """Find settings whose counterpart is missing."""
    rules: list[tuple[str, bool, str, str]] = [
        (
            "nova_compute_cpu_mode",
            cloud.value("nova_compute_cpu_mode") == "custom" and not cloud.value("nova_compute_cpu_models"),
            "nova_compute_cpu_models with at least one model, which the mode custom needs",
            "name the models, or remove the line",
        ),
        (
            "nova_compute_cpu_models",
            bool(cloud.value("nova_compute_cpu_models")) and cloud.value("nova_compute_cpu_mode") != "custom",
            "nova_compute_cpu_mode: custom, without which models have no effect",
            "set the mode, or remove the models",
        ),
        (
            "swift_auth",
            cloud.value("swift_auth") == "tempauth" and "swift" in enabled and not cloud.value("swift_tempauth_users"),
            "swift_tempauth_users with at least one user",
            "name the users, or write swift_auth: keystone",
        ),
        (
            "swift_auth",
            cloud.value("swift_auth") == "tempauth" and "cinder_backup" in enabled,
            "keystone, since cinder_backup stores backups as the owner of the volume",
            "write swift_auth: keystone, or take cinder_backup out of corbel_services",
        ),
        (
            "first_resources_volume_types",
            bool(cloud.value("first_resources_volume_types")) and "cinder" not in enabled,
            "cinder in corbel_services",
            "add cinder, or remove the types",
        ),
        (
            "first_resources_networks",
            bool(cloud.value("first_resources_networks")) and "neutron" not in enabled,
            "neutron in corbel_services",
            "add neutron, or remove the networks",
        ),
    ]
    for variable, wrong, expected, fix in rules:
        if wrong:
            yield cloud.finding("INV-049", variable, cloud.value(variable), expected, fix)


def for_ever(cloud: Cloud) -> Iterator[Finding]:
    """Find secrets that stored data depends on among those to replace, and overrides in their place."""
    names = cloud.value(ROTATE)
    for index, name in enumerate(names if isinstance(names, list) else []):
        if name in FOR_EVER:
            yield cloud.finding(
                "INV-074",
                ROTATE,
                None,
                f"other secrets: with a new {name} {FOR_EVER[name]}",
                "take it out of the list; on a cloud that holds nothing yet, remove it from the secrets file instead",
                path=(index,),
                found=name,
            )
    for variable in ("swift_conf_overrides", "swift_storage_swift_conf_overrides"):
        for host, overrides in cloud.settings(variable):
            section = mapping(mapping(overrides).get("swift-hash"))
            for option in HASHES:
                if option in section:
                    yield cloud.finding(
                        "INV-074",
                        variable,
                        None,
                        "the value that corbel_secrets has, the same on every host for ever",
                        "remove the override; move a value of an older cluster into the secrets file",
                        host=host,
                        path=("swift-hash", option),
                        found="a value of its own (not shown)",
                    )


def fernet(cloud: Cloud) -> Iterator[Finding]:
    """Check number and form of the keys of tokens, and that tokens do not outlive them."""
    secrets = next((value for _, value in cloud.settings(SECRETS)), None)
    files = [
        file
        for file in mapping(cloud.entries().get("keystone")).get("files") or []
        if mapping(mapping(file).get("variables")).get("key_set") == FERNET
    ]
    keys = mapping(secrets).get(FERNET)
    if isinstance(keys, list) and files:
        wrong = [number for number, key in enumerate(keys) if not FERNET_KEY.fullmatch(str(key))]
        if len(keys) != len(files) or wrong:
            yield Finding(
                "INV-052",
                f"{len(keys)} keys" + (f", of which {len(wrong)} have not the form of one" if wrong else ""),
                f"{len(files)} keys of 32 bytes in URL-safe base64, as many as Keystone gets files",
                f'run playbooks/secrets.yml -e \'{{"{ROTATE}": ["{FERNET}"]}}\', then playbooks/site.yml',
                variable=f"{SECRETS}.{FERNET}",
            )
    variable = "keystone_conf_overrides"
    for host, overrides in cloud.settings(variable):
        number = mapping(mapping(overrides).get("fernet_tokens")).get("max_active_keys")
        if files and number is not None and str(number) != str(len(files)):
            yield cloud.finding(
                "INV-052",
                variable,
                number,
                f"{len(files)}, the number of keys that the hosts have",
                "remove the override: rotating by hand would drop keys whose tokens are valid, or keep them for ever",
                host=host,
                path=("fernet_tokens", "max_active_keys"),
            )


def clusters(cloud: Cloud) -> Iterator[Finding]:
    """Find a cluster of volume services whose backends cannot be in one."""
    for host, overrides in cloud.settings(CINDER):
        for section, options in mapping(overrides).items():
            if mapping(options).get("cluster"):
                yield cloud.finding(
                    "INV-065",
                    CINDER,
                    mapping(options)["cluster"],
                    "no cluster: LVM and NFS serve a volume from one host only",
                    "remove the option; a cluster needs a driver that supports active/active",
                    host=host,
                    path=(str(section), "cluster"),
                )


def shared_disks(cloud: Cloud) -> Iterator[Finding]:
    """Find disks that volumes and object storage would both take."""
    for host in cloud.hosts.values():
        seen: dict[tuple[str, str], str] = {}
        for index, row in enumerate(_rows(cloud.value("swift_storage_devices", host))):
            for kind in ("serial", "wwn", "by_id"):
                if row.get(kind):
                    seen[kind, str(row[kind])] = f"swift_storage_devices[{index}]"
        for index, row in enumerate(_rows(cloud.value(BACKENDS, host))):
            for number, disk in enumerate(_rows(row.get("disks"))):
                for kind, value in disk.items():
                    if (kind, str(value)) in seen:
                        yield cloud.finding(
                            "INV-064",
                            BACKENDS,
                            value,
                            f"a disk of its own; {seen[kind, str(value)]} of this host has it too",
                            "take it out of one of the two: both would write to it",
                            host=host,
                            path=(index, "disks", number, str(kind)),
                        )


def _rows(value: Any) -> list[Mapping[str, Any]]:
    return [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
