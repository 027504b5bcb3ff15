"""What the module service_units does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import bundle_pending, bundle_report, bundle_units
from ansible.module_utils.corbel.bundle_fields import BundleError
from ansible.module_utils.corbel.bundle_host import Host

ARGUMENTS: dict[str, Any] = {
    "names": {"type": "list", "elements": "str"},
    "pending": {"type": "list", "elements": "dict"},
    "action": {"type": "str", "choices": ["pending", "restart", "stop"], "default": "pending"},
    "timeout": {"type": "int", "default": 90},
    "settle": {"type": "int", "default": 3},
}
RULES: dict[str, Any] = {"mutually_exclusive": [("names", "pending")], "required_one_of": [("names", "pending")]}


def execute(module: AnsibleModule) -> None:
    """Do what the options say, and end the module."""
    options = module.params
    names = options["names"] or [str(item.get("name")) for item in options["pending"] or []]
    if module.check_mode and options["pending"]:
        # In check mode the bundle was not written, so the host does not know yet.
        acted = options["pending"]
        module.exit_json(changed=True, acted_units=acted, diff=_difference(acted))
    try:
        request = bundle_pending.Request(tuple(names), options["action"], options["timeout"], options["settle"])
        outcome = bundle_pending.run(Host(), request, check=module.check_mode)
    except (BundleError, OSError) as error:
        module.fail_json(msg=f"units not brought up: {bundle_report.explain(error)}")
    acted = [asdict(item) for item in outcome.acted]
    result = {"changed": bool(acted), "acted_units": acted, "diff": _difference(acted)}
    if outcome.failures:
        words = bundle_units.secret_words(outcome.secrets)
        module.fail_json(msg=bundle_units.messages(outcome.failures, words), **result)
    module.exit_json(**result)


def _difference(acted: list[dict[str, str]]) -> dict[str, str]:
    lines = [f"{item.get('action')} {item.get('name')}: {item.get('reason')}\n" for item in acted]
    return {"prepared": "".join(lines)}
