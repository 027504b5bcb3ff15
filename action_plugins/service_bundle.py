"""Renders everything a host should have for a service, and sends it to the module of the same name in one call."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.template import trust_as_template

ansible.module_utils.__path__.append(str(Path(__file__).resolve().parent.parent / "module_utils"))

from ansible.module_utils.corbel import bundle_ini, bundle_payload, plan_applied
from ansible.module_utils.corbel import bundle_spec as spec

CONTENTS = ("packages", "groups", "users", "directories", "files", "units", "watch", "release")
RENDERING = ("template", "drop_in_template", "variables", "overrides")


class ActionModule(ActionBase):
    """Templates on the controlling machine, one module call per host."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_diff = True
    _VALID_ARGS = frozenset(spec.BUNDLE_KEYS)

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the task."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            arguments = bundle_payload.plain(self._task.args)
            spec.check_keys("service_bundle", arguments, spec.BUNDLE_KEYS)
            bundle = self._render(arguments, task_vars or {})
            # What is wrong is said before the host is touched.
            spec.parse(bundle)
        except spec.BundleError as error:
            return {**result, "failed": True, "msg": f"service_bundle: {error}"}
        answer = self._execute_module(
            module_name="service_bundle",
            module_args={"payload": bundle_payload.pack({**bundle, **self._of_run(task_vars or {})})},
            task_vars=task_vars,
        )
        answer.pop("invocation", None)
        return {**result, **answer}

    def _of_run(self, task_vars: dict[str, Any]) -> dict[str, Any]:
        """What the bundle must know of the run: files that check mode did not write, and the plan that is applied."""
        changing = (task_vars.get("ansible_facts") or {}).get(plan_applied.CHANGING) if self._task.check_mode else None
        host = str(self._task.delegate_to or task_vars.get("inventory_hostname"))
        allowed = None if self._task.check_mode else plan_applied.allowed(os.environ, host)
        return {"changing": [str(path) for path in changing or []], "allowed": allowed}

    def _render(self, arguments: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Turn every template into content."""
        templates = _Templates(self, task_vars)
        bundle = dict(arguments)
        if bundle.get("state") == "absent":
            return {key: value for key, value in bundle.items() if key not in CONTENTS}
        if bundle.get("files"):
            bundle["files"] = [self._file(item, templates) for item in _list("files", bundle["files"])]
        if bundle.get("units"):
            bundle["units"] = [self._unit(item, templates) for item in _list("units", bundle["units"])]
        return bundle

    def _file(self, item: Any, templates: _Templates) -> dict[str, Any]:
        where = spec.file_label(item)
        spec.check_keys(where, item, spec.FILE_KEYS)
        spec.check_source(where, item, required=True)
        path = spec.absolute("an entry of files", item.get("path"))
        content = _content(where, item, templates, path)
        overrides = item.get("overrides") or {}
        bundle_ini.check(where, path, overrides)
        if overrides:
            content = bundle_ini.override(content, overrides, where, templates.managed)
        return {**{key: value for key, value in item.items() if key not in RENDERING}, "content": content}

    def _unit(self, item: Any, templates: _Templates) -> dict[str, Any]:
        where = spec.unit_label(item)
        spec.check_keys(where, item, spec.UNIT_KEYS)
        spec.check_source(where, item, required=False)
        rest = {key: value for key, value in item.items() if key not in RENDERING}
        if item.get("drop_in_template") is not None:
            if item.get("drop_in") is not None:
                raise spec.BundleError(f"{where}: found drop_in and drop_in_template; one of them is expected")
            path = f"{spec.UNIT_DIRECTORY}/{item.get('name')}.d"
            rest["drop_in"] = templates.render(where, str(item["drop_in_template"]), item.get("variables") or {}, path)
        if item.get("template") is None and item.get("content") is None:
            return rest
        return {**rest, "content": _content(where, item, templates, f"{spec.UNIT_DIRECTORY}/{item.get('name')}")}


class _Templates:
    """Templates found and rendered as ansible.builtin.template does."""

    def __init__(self, action: ActionBase, task_vars: dict[str, Any]) -> None:
        self._action = action
        self._vars = task_vars
        self._sources: dict[str, tuple[str, Any]] = {}
        self.managed = str(task_vars.get("ansible_managed") or "Managed by Ansible")

    def render(self, where: str, name: str, variables: Mapping[str, Any], path: str) -> str:
        """Render a template of the role, or of a role that includes it."""
        source, text = self._source(where, name)
        try:
            templar = self._action._templar.copy_with_new_env(
                searchpath=self._search_path(source),
                available_variables={**self._vars, **self._about(name, source, path), **variables},
            )
            return str(templar.template(text, escape_backslashes=False, overrides={"trim_blocks": True}) or "")
        except AnsibleError as error:
            raise spec.BundleError(f"{where}: template {name} ({source}) cannot be rendered: {error}") from error

    def _source(self, where: str, name: str) -> tuple[str, Any]:
        if name not in self._sources:
            try:
                source = str(self._action._find_needle("templates", name))
            except AnsibleError:
                folders = ", ".join(f"{path}/templates" for path in self._action._task.get_search_path())
                raise spec.BundleError(
                    f"{where}: template {name} was not found; it is expected in one of {folders}"
                ) from None
            text = self._action._loader.get_text_file_contents(source)
            self._sources[name] = (source, trust_as_template(text))
        return self._sources[name]

    def _search_path(self, source: str) -> list[str]:
        folders = [
            *self._vars.get("ansible_search_path", []),
            self._action._loader.get_basedir(),
            str(Path(source).parent),
        ]
        return [path for folder in folders for path in (str(Path(folder) / "templates"), str(folder))]

    def _about(self, name: str, source: str, path: str) -> dict[str, Any]:
        """Give the variables that templates may use of themselves; no dates, which would change files for nothing."""
        status = Path(source).stat()
        about: dict[str, Any] = {
            "template_host": os.uname().nodename,
            "template_path": name,
            "template_fullpath": source,
            "template_destpath": path,
            "template_uid": status.st_uid,
        }
        if "ansible_managed" not in self._vars:
            text = str(constants.config.get_config_value("DEFAULT_MANAGED_STR"))
            text = text.format(host=about["template_host"], uid=status.st_uid, file=name)
            about["ansible_managed"] = time.strftime(text, time.localtime(status.st_mtime))
        return about


def _content(where: str, item: Mapping[str, Any], templates: _Templates, path: str) -> str:
    if item.get("template") is not None:
        return templates.render(where, str(item["template"]), item.get("variables") or {}, path)
    if not isinstance(item["content"], str):
        raise spec.BundleError(f"{where}: content is no text; give data a filter such as to_nice_json")
    return item["content"]


def _list(where: str, raw: Any) -> list[Any]:
    if not isinstance(raw, list):
        raise spec.BundleError(f"{where}: a list is expected")
    return raw
