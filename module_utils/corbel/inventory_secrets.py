"""Checks of secrets: none in plain text, none weak, none used twice. Values are compared, never shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from ansible.module_utils.corbel.inventory_cloud import Cloud
from ansible.module_utils.corbel.preflight_finding import SECRET_NAME, Finding

SHORTEST = 12
VARIABLE = "corbel_secrets"
GUESSED = {"password", "changeme", "change_me", "secret", "admin", "openstack", "default", "placeholder"}
FLAGS = {"", "true", "false", "yes", "no", "null", "~"}


def check(cloud: Cloud) -> Iterator[Finding]:
    """Run the checks of this file."""
    yield from plain_text(cloud)
    yield from weak(cloud)


def plain_text(cloud: Cloud) -> Iterator[Finding]:
    """Find secrets that stand in plain text in a file of the inventory."""
    for one in cloud.sources.assignments:
        if one.file.startswith("-e"):
            continue
        inside = one.name == VARIABLE
        for path, line in _plain(one.name, one.node, one.line, inside=inside):
            yield Finding(
                "INV-050",
                "a secret in plain text (not shown)",
                "an encrypted value, or an expression that looks it up",
                f"encrypt it: ansible-vault encrypt {one.file}, or ansible-vault encrypt_string for one value; "
                "change it if others could read it",
                variable=path,
                where=f"{one.file}:{line}",
            )


def weak(cloud: Cloud) -> Iterator[Finding]:
    """Find secrets that are empty, short, guessable, or the same as another."""
    value = next((found for _, found in cloud.settings(VARIABLE)), None)
    if not isinstance(value, Mapping):
        return
    first: dict[str, str] = {}
    for name, secret in value.items():
        texts = list(_texts(secret))
        problem = ""
        if not texts or not all(texts):
            problem = "an empty value"
        elif any(len(text) < SHORTEST or text.casefold() in GUESSED for text in texts):
            problem = f"a value shorter than {SHORTEST} characters, or one that is easily guessed"
        else:
            same = {first[text] for text in texts if text in first}
            if same:
                problem = f"the same value as {', '.join(sorted(same))}"
        for text in texts:
            first.setdefault(text, str(name))
        if problem:
            yield Finding(
                "INV-051",
                f"{problem} (not shown)",
                "a long random value of its own",
                f'run playbooks/secrets.yml -e \'{{"secrets_rotate": ["{name}"]}}\', then playbooks/site.yml',
                variable=f"{VARIABLE}.{name}",
            )


def _plain(name: str, node: Any, line: int, inside: bool) -> Iterator[tuple[str, int]]:
    """Walk a value and give the plain strings whose key names a secret."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            label = getattr(key, "value", "?")
            secret = inside or (isinstance(value, yaml.ScalarNode) and bool(SECRET_NAME.search(str(label))))
            yield from _plain(f"{name}.{label}", value, key.start_mark.line + 1, inside=secret)
    elif isinstance(node, yaml.SequenceNode) and inside:
        for index, value in enumerate(node.value):
            yield from _plain(f"{name}[{index}]", value, value.start_mark.line + 1, inside=True)
    elif isinstance(node, yaml.ScalarNode):
        is_secret = inside or bool(SECRET_NAME.search(name.rsplit(".", 1)[-1]))
        if is_secret and node.tag == "tag:yaml.org,2002:str" and "{{" not in node.value and node.value not in FLAGS:
            yield name, line


def _texts(secret: Any) -> Iterator[str]:
    if isinstance(secret, str):
        yield str(secret)
    elif isinstance(secret, Mapping):
        yield from _texts(secret.get("private"))
    elif isinstance(secret, (list, tuple)):
        for item in secret:
            yield from _texts(item)
