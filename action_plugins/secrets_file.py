"""Makes the missing secrets of a cloud and keeps them in one vaulted file. Runs on the controlling machine only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ansible.module_utils
import yaml
from ansible.errors import AnsibleError
from ansible.module_utils.common.validation import check_type_list
from ansible.parsing.vault import VaultLib, match_encrypt_secret
from ansible.plugins.action import ActionBase

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import atomic
from ansible.module_utils.corbel import secrets_store as store
from ansible.module_utils.corbel.plan_change import Change, told

OPTIONS = frozenset({"path", "secrets", "rotate"})


class ActionModule(ActionBase):
    """Reads the file, makes what it lacks, writes it encrypted; values never leave this process but into the file."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True
    _VALID_ARGS = OPTIONS

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            path = _path(self._task.args.get("path"))
            specs = store.parse_specs(self._task.args.get("secrets"))
            rotate = [str(name) for name in check_type_list(self._task.args.get("rotate") or [])]
            vault = self._vault()
            if self._task.check_mode:
                return {**result, **_outcome(path, *_plan(vault, path, specs, rotate)[1:], specs)}
            # Two runs must not make two different secrets of one name.
            with atomic.locked(path.parent):
                document, created, rotated = _plan(vault, path, specs, rotate)
                if created or rotated:
                    for name in (*created, *rotated):
                        document[store.VARIABLE][name] = store.generate(specs[name], comment=f"corbel {name}")
                    _write(path, vault, document)
                elif path.exists():
                    path.chmod(0o600)
            return {**result, **_outcome(path, created, rotated, {})}
        except store.SecretsError as error:
            return {**result, "failed": True, "msg": str(error)}

    def _vault(self) -> VaultLib:
        vault: VaultLib = self._loader._vault
        if not vault.secrets:
            raise store.SecretsError(
                "found no vault password, expected one to encrypt the secrets with; "
                "set vault_password_file in ansible.cfg, ANSIBLE_VAULT_PASSWORD_FILE, or --vault-id"
            )
        return vault


def _path(raw: Any) -> Path:
    path = Path(str(raw or ""))
    if not path.is_absolute():
        raise store.SecretsError(f"option path: found {str(raw)!r}, expected an absolute path")
    return path


def _plan(
    vault: VaultLib, path: Path, specs: dict[str, store.Spec], rotate: list[str]
) -> tuple[dict[str, Any], list[str], list[str]]:
    """Read the file and name what is to be made anew and what is to be replaced."""
    document = _read(path, vault)
    existing = document[store.VARIABLE]
    names = store.missing(existing, specs, rotate)
    return document, [n for n in names if n not in existing], [n for n in names if n in existing]


def _outcome(path: Path, created: list[str], rotated: list[str], planned: dict[str, store.Spec]) -> dict[str, Any]:
    lines = [f"{name}: created" for name in created] + [f"{name}: replaced" for name in rotated]
    return {
        "changed": bool(lines),
        "path": str(path),
        "created": created,
        "rotated": rotated,
        "placeholders": {name: store.placeholder(planned[name]) for name in created if name in planned},
        "diff": {
            "before": "",
            "after": "".join(f"{line}\n" for line in lines),
            "before_header": str(path),
            "after_header": str(path),
        },
        **told(
            [
                *(Change("secret", name, "create") for name in created),
                *(Change("secret", name, "replace") for name in rotated),
            ]
        ),
    }


def _read(path: Path, vault: VaultLib) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {store.VARIABLE: {}}
    except OSError as error:
        raise store.SecretsError(f"{path}: found {error.strerror}, expected a readable file") from error
    if not VaultLib.is_encrypted(content):
        raise store.SecretsError(
            f"{path}: found plain text, expected a file encrypted with ansible-vault; "
            f"run ansible-vault encrypt {path}, and replace the secrets it held if others could read them"
        )
    try:
        document = yaml.safe_load(vault.decrypt(content))
    except AnsibleError as error:
        raise store.SecretsError(
            f"{path}: found a file that none of the given vault passwords opens, "
            "expected the password it was made with; give it with ANSIBLE_VAULT_PASSWORD_FILE or --vault-id"
        ) from error
    except yaml.YAMLError:
        # The parser's own message would quote the file's content; the context would print it too.
        raise store.SecretsError(
            f"{path}: found invalid YAML, expected one dictionary {store.VARIABLE}; mend it with ansible-vault edit"
        ) from None
    return store.check_document(document, str(path))


def _write(path: Path, vault: VaultLib, document: dict[str, Any]) -> None:
    text = store.HEADER + yaml.safe_dump(document, sort_keys=True)
    vault_id, secret = match_encrypt_secret(vault.secrets)
    encrypted = vault.encrypt(text, secret=secret, vault_id=None if vault_id == "default" else vault_id)
    atomic.write(path, encrypted, 0o600)
