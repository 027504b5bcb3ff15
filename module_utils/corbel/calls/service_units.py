"""What the module service_units does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import bundle_changes, bundle_pending, bundle_report, bundle_units, host_journal
from ansible.module_utils.corbel.bundle_fields import BundleError
from ansible.module_utils.corbel.bundle_host import Host
from ansible.module_utils.corbel.plan_change import told

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
        planned = [
            bundle_units.Pending(*(str(item.get(key, "")) for key in ("name", "action", "reason")))
            for item in options["pending"]
        ]
        module.exit_json(**_result(planned))
    try:
        request = bundle_pending.Request(tuple(names), options["action"], options["timeout"], options["settle"])
        outcome = bundle_pending.run(Host(), request, check=module.check_mode)
    except (BundleError, OSError) as error:
        module.fail_json(msg=f"units not brought up: {bundle_report.explain(error)}")
    result = _result(outcome.acted)
    if outcome.acted and not module.check_mode:
        said = [f"{item.action} {item.name}: {item.reason}" for item in outcome.acted]
        host_journal.note("service_units", said, bool(outcome.failures))
    if outcome.failures:
        words = bundle_units.secret_words(outcome.secrets)
        module.fail_json(msg=bundle_units.messages(outcome.failures, words), **result)
    module.exit_json(**result)


def _result(acted: list[bundle_units.Pending]) -> dict[str, Any]:
    return {
        "changed": bool(acted),
        "acted_units": [asdict(item) for item in acted],
        "diff": {"prepared": "".join(f"{item.action} {item.name}: {item.reason}\n" for item in acted)},
        **told(bundle_changes.unit_changes(acted)),
    }
