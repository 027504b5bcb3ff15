"""Checks of what meets users: the dashboard's settings, the domain of the accounts that stacks make."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible.module_utils.corbel.inventory_cloud import Cloud
from ansible.module_utils.corbel.preflight_finding import Finding

SETTING = re.compile(r"[A-Z][A-Z0-9_]*")
HOST_NAME = re.compile(r"\.?[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?")
# Settings that the release was built with, or that decide whether the site is safe to look at.
BUILT = {"AVAILABLE_THEMES", "COMPRESS_ENABLED", "COMPRESS_OFFLINE", "STATIC_ROOT", "STATIC_URL", "WEBROOT"}


def check(cloud: Cloud) -> Iterator[Finding]:
    """Run the checks of this file."""
    yield from stack_domain(cloud)
    yield from password_rule(cloud)
    yield from host_names(cloud)
    yield from settings(cloud)


def stack_domain(cloud: Cloud) -> Iterator[Finding]:
    """Check that the domain of the stacks' users holds nobody else."""
    for host, name in cloud.settings("heat_domain"):
        if isinstance(name, str) and (not name.strip() or name.strip().lower() == "default"):
            yield cloud.finding(
                "INV-080",
                "heat_domain",
                name,
                "a domain of its own: one account manages all users in it",
                "choose another name, such as heat",
                host=host,
            )


def password_rule(cloud: Cloud) -> Iterator[Finding]:
    """Check the rule for new passwords."""
    variable = "horizon_password_regex"
    for host, text in cloud.settings(variable):
        if not isinstance(text, str):
            continue  # a finding of the argument specification
        try:
            empty_fits = bool(re.match(text, ""))
        except re.error as error:
            expected = f"a regular expression of Python ({error})"
            yield cloud.finding("INV-081", variable, text, expected, 'mend it, such as "^.{12,}$"', host=host)
            continue
        if empty_fits:
            expected = "an expression that an empty password does not match"
            yield cloud.finding("INV-081", variable, text, expected, 'ask for a length, such as "^.{12,}$"', host=host)


def host_names(cloud: Cloud) -> Iterator[Finding]:
    """Check the further names under which browsers ask."""
    variable = "horizon_allowed_hosts_extra"
    for host, names in cloud.settings(variable):
        for index, name in enumerate(names if isinstance(names, list) else []):
            if isinstance(name, str) and not HOST_NAME.fullmatch(name):
                expected = "a host name or address, without https:// and without *"
                fix = "write the name as it stands in the address bar between // and the next /"
                yield cloud.finding("INV-081", variable, name, expected, fix, host=host, path=(index,))


def settings(cloud: Cloud) -> Iterator[Finding]:
    """Check the names of Horizon's own settings."""
    variable = "horizon_settings"
    for host, given in cloud.settings(variable):
        for name in given if isinstance(given, dict) else {}:
            if not SETTING.fullmatch(str(name)):
                expected, fix = "a name in capitals, as Horizon's documentation has it", "write the setting's full name"
            elif name in BUILT:
                expected, fix = "no setting that the release was built with", "remove it, or build a release with it"
            else:
                continue
            yield cloud.finding("INV-081", variable, name, expected, fix, host=host, path=(name,))
