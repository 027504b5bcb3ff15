"""JSON Schemas of an inventory's files, with which editors complete and check them (`make schema`).

Made from what the preflight compares an inventory with: argument specifications, catalogue, releases, renamed names.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.corbel import inventory_knowledge, inventory_names
from ansible.module_utils.corbel.inventory_provider import LEAST_MTU, MOST_MTU
from ansible.module_utils.corbel.preflight_register import CHECKS

ROOT = Path(__file__).resolve().parent.parent
Schema = dict[str, Any]
DRAFT = "https://json-schema.org/draft/2020-12/schema"
VARIABLES = ROOT / "inventory" / "variables.schema.json"
HOSTS = ROOT / "inventory" / "hosts.schema.json"
TYPES = {"str": "string", "path": "string", "int": "integer", "float": "number", "bool": "boolean"}
# A value that the run computes or decrypts fits everywhere.
EXPRESSION = {"$ref": "#/$defs/expression"}
OVERRIDES: Schema = {
    "type": ["object", "null"],
    "additionalProperties": {"type": ["object", "null"], "additionalProperties": {"$ref": "#/$defs/option"}},
}
SCALARS = ["string", "number", "boolean", "null"]
DEFINITIONS: Schema = {
    "expression": {
        "description": "An expression, or an encrypted value.",
        "type": "string",
        "pattern": r"\{\{|\{%|^\$ANSIBLE_VAULT",
    },
    "option": {
        "description": "A plain value, null to remove the option, or a list for an option on several lines.",
        "type": [*SCALARS, "array"],
        "items": {"type": SCALARS[:3]},
    },
}


def variables(known: inventory_knowledge.Knowledge) -> Schema:
    """Give the schema of a file in group_vars or host_vars."""
    found = dict(_properties(known))
    properties = {name: found[name] for name in sorted(found)}
    # An own catalogue entry may have any name.
    ours = "|".join(sorted(known.prefixes - {inventory_knowledge.CATALOGUE}))
    return {
        "$schema": DRAFT,
        "title": "Variables of a cloud",
        "description": "Written by `make schema`; docs/variables.md has the same as a page.",
        "type": ["object", "null"],
        "properties": properties,
        "propertyNames": {
            "if": {"pattern": f"^({ours})_", "not": {"pattern": f"^{inventory_knowledge.CATALOGUE}_"}},
            "then": {"enum": list(properties)},
        },
        "$defs": DEFINITIONS,
    }


def hosts(known: inventory_knowledge.Knowledge) -> Schema:
    """Give the schema of an inventory file: groups, their hosts, children and variables."""
    group = {"$ref": "#/$defs/group"}
    titles = {name: str(entry.get("title", name)) for name, entry in known.entries.items()}
    return {
        "$schema": DRAFT,
        "title": "Hosts and groups of a cloud",
        "description": "Written by `make schema`.",
        "type": "object",
        "properties": {
            name: {**group, "description": titles.get(name, f"Hosts of {name}.")} for name in sorted(known.group_names)
        },
        "additionalProperties": group,
        "$defs": {
            "variables": {"$ref": VARIABLES.name},
            "group": {
                "type": ["object", "null"],
                "properties": {
                    "hosts": {
                        "type": ["object", "null"],
                        "additionalProperties": {"$ref": "#/$defs/variables"},
                    },
                    "children": {"type": ["object", "null"], "additionalProperties": group},
                    "vars": {"$ref": "#/$defs/variables"},
                },
                "additionalProperties": False,
            },
        },
    }


def _properties(known: inventory_knowledge.Knowledge) -> Iterator[tuple[str, Schema]]:
    for name in known.variables - set(known.overrides):
        spec = known.specs.get(name, {"type": "raw"})
        body = of_spec(spec, name)
        if ends := inventory_names.ends(name, known.specs):
            body = _bounded(body, *ends)
        # Nothing after the colon is a value where the product's own default is nothing.
        if name in known.defaults and known.defaults[name] is None:
            body = {**body, "anyOf": [*body["anyOf"], {"type": "null"}]} if "anyOf" in body else body
        yield name, body
    for name in known.overrides:
        text = f"Overrides of single options: section, option, value. {_text(known.specs.get(name, {}))}".strip()
        yield name, {"description": text, "anyOf": [OVERRIDES, EXPRESSION]}
    for name, row in known.renamed.items():
        instead = row.get("replacement") or row.get("reason", "")
        yield name, {"description": f"Gone since {row['since']}: {instead}", "deprecated": True, "not": {}}
    yield from _known_values(known)


def _known_values(known: inventory_knowledge.Knowledge) -> Iterator[tuple[str, Schema]]:
    """Give what the product knows of values beyond their specification."""
    specs = known.specs
    services = {"anyOf": [{"enum": sorted(known.entries)}, {"type": "string"}]}
    waivers = {"anyOf": [{"enum": sorted(CHECKS)}, {"pattern": r"^(CTL|HOST|INV)-\d{3}:.+$"}, EXPRESSION]}
    for name, items in (
        ("corbel_services", services),
        ("corbel_waived_checks", waivers),
        ("preflight_skip", waivers),
    ):
        body = {"type": "array", "items": items, "uniqueItems": True}
        yield name, {**_texts(specs[name]), "anyOf": [body, EXPRESSION]}
    releases = {"type": "string", "enum": sorted(known.releases)}
    yield "corbel_release", {**_texts(specs["corbel_release"]), "anyOf": [releases, EXPRESSION]}


def of_spec(spec: Mapping[str, Any], name: str = "") -> Schema:
    """Turn an option of an argument specification into a schema."""
    kind = str(spec.get("type", "str"))
    body: Schema = {}
    if kind in TYPES:
        body = {"type": TYPES[kind]}
        if name == "mtu":
            body |= {"minimum": LEAST_MTU, "maximum": MOST_MTU}
    elif kind == "list":
        item = {key: spec[key] for key in ("options", "choices") if key in spec} | {"type": spec.get("elements", "raw")}
        body = {"type": "array", "items": of_spec(item)}
    elif kind == "dict":
        body = {"type": "object"}
        options = spec.get("options") or {}
        if options:
            body["properties"] = {key: of_spec(inner, key) for key, inner in options.items()}
            body["additionalProperties"] = False
        if required := [key for key, inner in options.items() if inner.get("required")]:
            body["required"] = required
    if "choices" in spec and kind != "list":
        body["enum"] = list(spec["choices"])
    texts = _texts(spec)
    return {**texts, "anyOf": [body, EXPRESSION]} if body else texts


def _bounded(body: Schema, least: float, most: float) -> Schema:
    first, *rest = body["anyOf"]
    return {**body, "anyOf": [{**first, "minimum": least, "maximum": most}, *rest]}


def _texts(spec: Mapping[str, Any]) -> Schema:
    found: Schema = {"description": _text(spec)} if _text(spec) else {}
    if "default" in spec and not (isinstance(spec["default"], str) and "{{" in spec["default"]):
        found["default"] = spec["default"]
    return found


def _text(spec: Mapping[str, Any]) -> str:
    text = spec.get("description", "")
    return " ".join(text) if isinstance(text, list) else str(text)


def pages() -> dict[Path, str]:
    """What each schema should hold."""
    known = inventory_knowledge.read(ROOT)
    found = {VARIABLES: variables(known), HOSTS: hosts(known)}
    return {path: json.dumps(schema, indent=1, ensure_ascii=False) + "\n" for path, schema in found.items()}


def main() -> int:
    """Write the schemas."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
