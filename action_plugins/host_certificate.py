"""Gives a host a certificate of the cloud's authority. Its key stays here, the host's key stays there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import atomic
from ansible.module_utils.corbel import certificate_authority as ca

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
}


class ActionModule(ActionBase):
    """Reads the host once; asks it for a request, signs and installs only when its certificate is not good."""

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
        except ca.CertificateError as error:
            return {**result, "failed": True, "msg": str(error)}
        except OSError as error:
            return {**result, "failed": True, "msg": f"{error.filename}: {error.strerror}"}

    def _converge(self, args: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        folder = Path(args["authority_directory"])
        check = bool(self._task.check_mode)
        names = [str(name) for name in args["names"]]
        ca.general_names(names)
        made = _have_authority(folder, args, check)
        there = self._host(args, task_vars, step="read")
        if there.get("failed"):
            return there
        if made and check:
            return _outcome(there, "there is none", True, names, "")
        authority = (folder / "ca.pem").read_text()
        loaded = ca.load_certificate(authority, str(folder / "ca.pem"))
        now = ca.utc_now()
        held = ca.Held(there["certificate"], there["public_key"], now)
        reason = ca.reason_to_issue(held, loaded, names, int(args["renew_days"]))
        others = there["authority"] != authority or not there["trusted"] or bool(there["attributes"])
        if check or not (reason or others):
            return _outcome(there, reason, others, names, "")
        certificate = ""
        if reason:
            asked = self._host(args, task_vars, step="request", common_name=names[0])
            if asked.get("failed"):
                return asked
            signer = ca.open_authority(authority, (folder / "ca.key").read_text(), args["passphrase"], str(folder))
            certificate = ca.to_pem(ca.sign(signer, asked["request"], names, int(args["days"]), now))
        done = self._host(args, task_vars, step="install", certificate=certificate, authority=authority)
        if done.get("failed"):
            return done
        return _outcome(there, reason, others, names, certificate)

    def _host(self, args: dict[str, Any], task_vars: dict[str, Any], **step: str) -> dict[str, Any]:
        passed = {key: args[key] for key in ("directory", "group")} | step
        found: dict[str, Any] = self._execute_module("host_certificate", module_args=passed, task_vars=task_vars)
        return found


def _outcome(there: dict[str, Any], reason: str, others: bool, names: list[str], certificate: str) -> dict[str, Any]:
    before = _describe(there["certificate"])
    after = (
        _describe(certificate) if certificate else ("names: " + ", ".join(sorted(names)) + "\n" if reason else before)
    )
    lines = "".join(f"{line}\n" for line in there["attributes"])
    return {
        "changed": bool(reason or others),
        "reason": reason,
        "diff": {"before": before + lines, "after": after, "before_header": "host.pem", "after_header": "host.pem"},
    }


def _describe(text: str) -> str:
    try:
        certificate = ca.load_certificate(text, "host.pem")
    except ca.CertificateError:
        return ""
    names = ", ".join(sorted(ca.names_of(certificate)))
    return f"names: {names}\nvalid until: {certificate.not_valid_after_utc:%Y-%m-%d}\n"


def _have_authority(folder: Path, args: dict[str, Any], check: bool) -> bool:
    """Make the authority if it is missing; say whether it was."""
    certificate, key = folder / "ca.pem", folder / "ca.key"
    if certificate.exists() and key.exists():
        return False
    if certificate.exists() and not key.exists():
        raise ca.CertificateError(
            f"{key}: found nothing beside ca.pem, expected the authority's key; bring it back from a backup, "
            "or remove ca.pem to make a new authority that all hosts and users must trust anew"
        )
    if check:
        return True
    # The workers of other hosts must not make another authority.
    with atomic.locked(folder):
        folder.chmod(0o700)
        if certificate.exists():
            return False
        made = ca.make_authority(args["authority_name"], int(args["authority_days"]), ca.utc_now())
        # The certificate goes last: where it is, its key is too.
        atomic.write(key, ca.seal_key(made, args["passphrase"]), 0o600)
        atomic.write(certificate, ca.to_pem(made.certificate), 0o644)
    return True
