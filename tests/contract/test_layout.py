"""Roles, plugins and playbooks have the form that the style asks for."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from ansible.module_utils.corbel.inventory_knowledge import load

ROOT = Path(__file__).resolve().parents[2]
DATA_ROLES = {"corbel", "service_catalogue"}
LONGEST_STEP = 90
LONGEST_MODULE = 400
ANSWERS = {"inputs": r"input", "example": r"example|```yaml", "check mode": r"check mode", "undo": r"undo"}
PLUGIN_FOLDERS = {
    "library": "module",
    "filter_plugins": "filter",
    "lookup_plugins": "lookup",
    "callback_plugins": "callback",
}
COLUMNS = {"ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1", "COLUMNS": "120"}
# Where people or tools keep a checkout; no file of the product may depend on one.
DEVELOPER_PATHS = re.compile(
    r"(?<![\w.}])/(?:work|home|root|Users)/(?!operator\b|\w/|user\b|deploy\b|\.ssh\b|\.config\b)[\w.-]+/"
)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **COLUMNS}
    return subprocess.run(
        [str(Path(sys.executable).parent / command[0]), *command[1:]],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_role_has_its_skeleton(role: Path) -> None:
    wanted = ["README.md", "meta/main.yml", "meta/argument_specs.yml"]
    if role.name not in DATA_ROLES:
        wanted.append("tasks/main.yml")
    assert [name for name in wanted if not (role / name).is_file()] == []


def test_role_readme_says_what_an_operator_asks(role: Path) -> None:
    text = (role / "README.md").read_text().casefold()
    assert [name for name, pattern in ANSWERS.items() if not re.search(pattern, text)] == []


def test_role_has_no_empty_files(role: Path) -> None:
    assert [str(path.relative_to(role)) for path in role.rglob("*") if path.is_file() and not path.stat().st_size] == []


def test_role_depends_on_data_only(role: Path) -> None:
    dependencies = (load(role / "meta/main.yml") or {}).get("dependencies") or []
    assert {one["role"] if isinstance(one, dict) else one for one in dependencies} <= DATA_ROLES


def test_role_steps_are_short(role: Path) -> None:
    files = list((role / "tasks").rglob("*.yml")) if (role / "tasks").is_dir() else []
    assert [path.name for path in files if len(path.read_text().splitlines()) > LONGEST_STEP] == []


def test_role_does_not_ignore_errors(role: Path) -> None:
    text = "\n".join(path.read_text() for path in role.rglob("*.yml"))
    assert "ignore_errors" not in text


def test_templates_are_named_like_their_target(role: Path) -> None:
    folder = role / "templates"
    assert [path.name for path in folder.rglob("*") if path.is_file() and path.suffix != ".j2"] == []


def test_playbook_has_valid_syntax(playbook: Path) -> None:
    done = run(
        "ansible-playbook", "-i", "inventory/multinode", "--syntax-check", str(playbook), "-e", "service=keystone"
    )
    assert done.returncode == 0, done.stderr


def test_playbook_is_a_screenful(playbook: Path) -> None:
    assert len(playbook.read_text().splitlines()) <= 60


def plugins() -> list[tuple[str, str]]:
    found = [
        (kind, path.stem)
        for folder, kind in PLUGIN_FOLDERS.items()
        for path in sorted((ROOT / folder).glob("*.py"))
        if path.stem != "__init__"
    ]
    assert len(found) >= 10
    return found


def test_plugins_are_documented() -> None:
    """One call for each kind: starting ansible-doc costs more than the pages do."""
    lacking: list[str] = []
    for kind in PLUGIN_FOLDERS.values():
        names = [name for of, name in plugins() if of == kind]
        folder = next(key for key, value in PLUGIN_FOLDERS.items() if value == kind)
        done = run("ansible-doc", "-t", kind, "-M", str(ROOT / folder), *names)
        pages = {name for name in names if re.search(rf"^> {kind.upper()} .*\b{name}\b", done.stdout, re.MULTILINE)}
        lacking += sorted(set(names) - pages)
        assert "ERROR" not in done.stderr, done.stderr
    assert lacking == []


@pytest.mark.parametrize("path", sorted((ROOT / "library").glob("*.py")), ids=lambda path: path.stem)
def test_module_is_complete(path: Path) -> None:
    text = path.read_text()
    wanted = ["DOCUMENTATION = ", "EXAMPLES = ", "RETURN = ", "attributes:", "check_mode:", "diff_mode:"]
    if not (ROOT / "action_plugins" / path.name).exists() or "def main" in text:
        wanted.append("supports_check_mode=True")
    assert [word for word in wanted if word not in text] == []


def test_action_plugins_have_a_documented_module() -> None:
    names = {path.name for path in (ROOT / "action_plugins").glob("*.py")}
    assert names
    assert {name for name in names if not (ROOT / "library" / name).is_file()} == set()


def product_files() -> list[Path]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = [ROOT / name for name in done.stdout.splitlines()]
    assert len(found) > 100
    return [path for path in found if path.is_file()]


def test_no_path_of_a_developers_machine() -> None:
    hits = []
    for path in product_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        hits += [f"{path.relative_to(ROOT)}: {match[0]}" for match in DEVELOPER_PATHS.finditer(text)]
    assert hits == []


def test_groups_are_the_same_in_every_inventory() -> None:
    copies = {path.parent.name: path.read_text() for path in (ROOT / "inventory").glob("*/groups.yml")}
    assert len(copies) >= 4
    assert len(set(copies.values())) == 1


def test_python_files_are_short() -> None:
    files = [path for folder in ("module_utils", "action_plugins", "library") for path in (ROOT / folder).rglob("*.py")]
    long = [path.name for path in files if len(without_documentation(path).splitlines()) > LONGEST_MODULE]
    assert long == []


def without_documentation(path: Path) -> str:
    """Give a module without the pages that ansible-doc prints."""
    return re.sub(r'^(DOCUMENTATION|EXAMPLES|RETURN) = r?"""(?:.|\n)*?"""', "", path.read_text(), flags=re.MULTILINE)
