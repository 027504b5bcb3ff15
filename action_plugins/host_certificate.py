"""Gives a host certificates of the cloud's authorities. Their keys stay here, the host's keys stay there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import atomic
from ansible.module_utils.corbel import certificate_authority as ca
from ansible.module_utils.corbel import certificate_plan as plan
from ansible.module_utils.corbel.plan_applied import CHANGING

FURTHER: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "authority_directory": {"type": "path", "required": True},
    "authority_name": {"type": "str", "required": True},
    "group": {"type": "str", "required": True},
    "holder": {"type": "bool", "default": False},
}
ARGUMENTS: dict[str, Any] = {
    "names": {"type": "list", "elements": "str", "required": True},
    "authority_directory": {"type": "path", "required": True},
    "authority_name": {"type": "str", "default": "Corbel"},
    "authority_days": {"type": "int", "default": 3650},
    "passphrase": {"type": "str", "required": True, "no_log": True},
    "days": {"type": "int", "default": 397},
    "renew_days": {"type": "int", "default": 30},
    "directory": {"type": "path", "default": "/etc/corbel/tls"},
    "group": {"type": "str", "default": "corbel-tls"},
    "further": {"type": "list", "elements": "dict", "default": [], "options": FURTHER},
}


class HostError(Exception):
    """A step failed on the host; holds what the module returned."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__(result.get("msg", "no message"))
        self.result = result


class ActionModule(ActionBase):
    """Reads the host once; asks it for requests, signs and installs only when its certificates are not good."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_diff = True
    _VALID_ARGS = frozenset(ARGUMENTS)

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        checked = ArgumentSpecValidator(ARGUMENTS).validate(dict(self._task.args))
        if checked.error_messages:
            return {**result, "failed": True, "msg": "; ".join(checked.error_messages)}
        try:
            return {**result, **self._converge(checked.validated_parameters, task_vars or {})}
        except HostError as error:
            return {**result, **error.result, "failed": True}
        except ca.CertificateError as error:
            return {**result, "failed": True, "msg": str(error)}
        except OSError as error:
            return {**result, "failed": True, "msg": f"{error.filename}: {error.strerror}"}

    def _converge(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        check = bool(self._task.check_mode)
        names = [str(name) for name in args["names"]]
        ca.general_names(names)
        wanted = plan.wanted_of(args)
        authorities, made = [], []
        for item in wanted:
            authority, new = _have_authority(item, args, check)
            authorities.append(authority)
            made += [item] if new else []
        there = self._host(args, task_vars, "read", [item.place() for item in wanted])
        judged = [
            plan.judge(item, there[item.name], authority, names, int(args["renew_days"]))
            for item, authority in zip(wanted, authorities, strict=True)
        ]
        due = [item for item in judged if item.due]
        if due and not check:
            self._issue(args, task_vars, names, [item for item in due if item.reason])
            places = [item.wanted.place(certificate=item.issued, authority=item.authority) for item in due]
            self._host(args, task_vars, "install", places)
        files = plan.changed_files(judged, args["directory"])
        outcome = {**plan.outcome(judged, names, made), "changed_files": files}
        if files and check:
            # Units that watch the files restart in a run, so that the plan has to know of them.
            outcome["ansible_facts"] = {CHANGING: files}
        return outcome

    def _issue(
        self, args: dict[str, Any], task_vars: dict[str, Any], names: list[str], judged: list[plan.Judgement]
    ) -> None:
        """Sign a certificate for each; the keys of the authorities are opened for no other reason."""
        if not judged:
            return
        places = [item.wanted.place(common_name=names[0]) for item in judged]
        requests = self._host(args, task_vars, "request", places)
        for item in judged:
            folder = item.wanted.folder
            signer = ca.open_authority(item.authority, item.wanted.key.read_text(), args["passphrase"], str(folder))
            signed = ca.sign(signer, requests[item.wanted.name], names, int(args["days"]), ca.utc_now())
            item.issued = ca.to_pem(signed)

    def _host(
        self, args: dict[str, Any], task_vars: dict[str, Any], step: str, places: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """Do one step on the host; what each place answers, by name."""
        passed = {"step": step, "directory": args["directory"], "places": places}
        found = self._execute_module("host_certificate", module_args=passed, task_vars=task_vars)
        if found.get("failed") or "places" not in found:
            raise HostError(found)
        return dict(found["places"])


def _have_authority(wanted: plan.Wanted, args: dict[str, Any], check: bool) -> tuple[str, bool]:
    """Make the authority if it is missing; its certificate, in check mode empty then, and whether it is new."""
    certificate, key = wanted.certificate, wanted.key
    if certificate.exists() and key.exists():
        return certificate.read_text(), False
    if certificate.exists() and not key.exists():
        raise ca.CertificateError(
            f"{key}: found nothing beside ca.pem, expected the authority's key; bring it back from a backup, "
            "or remove ca.pem to make a new authority that all hosts and users must trust anew"
        )
    if check:
        return "", True
    # The workers of other hosts must not make another authority.
    with atomic.locked(wanted.folder):
        wanted.folder.chmod(0o700)
        new = not certificate.exists()
        if new:
            made = ca.make_authority(wanted.common_name, int(args["authority_days"]), ca.utc_now())
            # The certificate goes last: where it is, its key is too.
            atomic.write(key, ca.seal_key(made, args["passphrase"]), 0o600)
            atomic.write(certificate, ca.to_pem(made.certificate), 0o644)
    return certificate.read_text(), new
