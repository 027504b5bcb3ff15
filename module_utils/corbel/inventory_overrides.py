"""Checks of overrides: every option must be one that the release's service reads, with a value that it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.corbel import option_list
from ansible.module_utils.corbel.inventory_cloud import Cloud, Host
from ansible.module_utils.corbel.preflight_finding import Finding

BACKENDS = "cinder_volume_backends"
BACKEND_FILE = "cinder_volume_conf_overrides"


def check(cloud: Cloud) -> Iterator[Finding]:
    """Run the checks of this file; the lists are read only when something is overridden."""
    path = cloud.knowledge.option_lists.get(str(cloud.value("corbel_release")))
    if not path:
        return
    for variable in sorted(cloud.knowledge.overrides):
        for host, overrides in cloud.settings(variable):
            known = option_list.read(path).get(variable) if overrides else None
            if known and isinstance(overrides, Mapping):
                for misfit in option_list.misfits(overrides, known, _backends(cloud, host)):
                    yield _finding(cloud, variable, host, misfit, ())
    for host, rows in cloud.settings(BACKENDS):
        for index, row in enumerate(rows if isinstance(rows, list) else []):
            options = row.get("options") if isinstance(row, Mapping) else None
            known = option_list.read(path).get(BACKEND_FILE) if options else None
            if known and isinstance(options, Mapping):
                for misfit in option_list.misfits({known.backends: options}, known, set()):
                    yield _finding(cloud, BACKENDS, host, misfit, (index, "options"))


def _finding(cloud: Cloud, variable: str, host: Host, misfit: option_list.Misfit, above: tuple[Any, ...]) -> Finding:
    return cloud.finding(
        misfit.check,
        variable,
        None,
        misfit.expected,
        misfit.fix,
        host=host,
        # The options of a backend have no section of their own in the inventory.
        path=(*above, *misfit.path[1 if above else 0 :]),
        found=misfit.found,
    )


def _backends(cloud: Cloud, host: Host) -> set[str]:
    rows = cloud.value(BACKENDS, host)
    return {str(row.get("name")) for row in rows if isinstance(row, Mapping)} if isinstance(rows, list) else set()
