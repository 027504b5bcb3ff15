"""What the module service_bundle does, for itself and for a comparison of whole hosts."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.corbel import bundle_apply, bundle_payload, bundle_report, bundle_spec, bundle_units
from ansible.module_utils.corbel.bundle_host import Host

# The action plugin checks the options; they arrive in one piece.
ARGUMENTS: dict[str, Any] = {"payload": {"type": "str", "no_log": True, "required": True}}


def execute(module: AnsibleModule, host: Host | None = None) -> None:
    """Do what the options say, and end the module. A host that is given shares its readings between bundles."""
    outcome = bundle_apply.Outcome()
    try:
        bundle = bundle_spec.parse(bundle_payload.unpack(module.params["payload"]))
        outcome = bundle_apply.run(host or Host(), bundle, module.check_mode, outcome)
    except (bundle_spec.BundleError, OSError) as error:
        module.fail_json(msg=f"bundle not applied: {bundle_report.explain(error)}", **bundle_report.result(outcome))
    result = bundle_report.result(outcome)
    if module._diff:
        result["diff"] = bundle_report.differences(outcome)
    for warning in outcome.warnings:
        module.warn(warning)
    if outcome.failures:
        secrets = [file.content.decode(errors="replace") for file in bundle.files if file.secret]
        words = bundle_units.secret_words(secrets)
        module.fail_json(msg=bundle_units.messages(outcome.failures, words), **result)
    module.exit_json(**result)
