"""Writes the reference pages from argument specifications and tables (`make docs`); with --check only compares."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import ansible.module_utils
import yaml

ROOT = Path(__file__).resolve().parent.parent
ansible.module_utils.__path__.append(str(ROOT / "module_utils"))

HEAD = """# Variables

Every variable an operator may set, by role. Written by `make docs` from `roles/*/meta/argument_specs.yml`;
a test keeps it in step. Put your values into `group_vars` or `host_vars` of the inventory.
"""


def _cell(value: Any) -> str:
    text = " ".join(value) if isinstance(value, list) and all(isinstance(v, str) for v in value) else value
    return " ".join(str(text).split()).replace("|", "\\|")


def _default(option: dict[str, Any], written: Any) -> str:
    if option.get("required"):
        return "required"
    value = option.get("default", written)
    if value is None or (isinstance(value, str) and "{{" in value):
        return "computed" if value else ""
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6).strip().removesuffix("...").strip()
    return f"`{_cell(text)}`"


def _rows(options: dict[str, Any], defaults: dict[str, Any], prefix: str = "") -> list[str]:
    rows = []
    for name, option in options.items():
        kind = option.get("type", "str")
        kind += f" of {option['elements']}" if "elements" in option else ""
        choices = f" One of {', '.join(f'`{c}`' for c in option['choices'])}." if "choices" in option else ""
        default = _default(option, defaults.get(name))
        rows.append(f"| `{prefix}{name}` | {kind} | {default} | {_cell(option.get('description', ''))}{choices} |")
        dots = "[]." if kind.startswith("list") else "."
        rows += _rows(option.get("options", {}), {}, f"{prefix}{name}{dots}")
    return rows


def role_defaults(role: Path) -> dict[str, Any]:
    """The defaults of a role, from its file or its directory."""
    found: dict[str, Any] = {}
    main = role / "defaults" / "main"
    for path in [main.with_suffix(".yml"), *sorted(main.glob("*.yml"))]:
        if path.is_file():
            found |= yaml.safe_load(path.read_text()) or {}
    return found


def render(roles: Path) -> str:
    """The whole page."""
    parts = [HEAD]
    for spec in sorted(roles.glob("*/meta/argument_specs.yml")):
        # The entry point is `main`; roles that hold nothing but settings call it otherwise.
        entry = next(iter(yaml.safe_load(spec.read_text())["argument_specs"].values()))
        rows = _rows(entry.get("options") or {}, role_defaults(spec.parent.parent))
        if rows:
            head = f"\n## {spec.parent.parent.name}\n\n{_cell(entry.get('short_description', ''))}.\n"
            parts.append(
                "\n".join([head, "| variable | type | default | meaning |", "| --- | --- | --- | --- |", *rows])
            )
    return "\n".join(parts) + "\n"


def checks() -> str:
    """The page of preflight checks, from their register."""
    from ansible.module_utils.corbel.preflight_register import page

    return page()


def pages() -> dict[Path, str]:
    """What each page should hold."""
    return {ROOT / "docs" / "variables.md": render(ROOT / "roles"), ROOT / "docs" / "checks.md": checks()}


def main() -> int:
    """Write the pages, or with --check say whether they are in step."""
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not what its source says; run: make docs")
        return 1 if stale else 0
    for path in stale:
        path.write_text(pages()[path])
    return 0


if __name__ == "__main__":
    sys.exit(main())
