"""Accounts and packages: what is there, and what is missing."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from ansible.module_utils.corbel import bundle_accounts, bundle_packages
from ansible.module_utils.corbel.bundle_spec import User

ACCOUNTS = bundle_accounts.parse(
    "root:x:0:0:root:/root:/bin/bash\nnova:x:900:901::/var/lib/nova:/usr/sbin/nologin\nbad line\n+nis\n",
    "root:x:0:\nnova:x:901:\nlibvirt:x:110:nova,other\nkvm:x:111:\n",
)
CASES: list[tuple[str, list[str], list[User], list[list[str]]]] = [
    ("nothing to do", [], [User("nova", "nova", "/var/lib/nova", ("libvirt",))], []),
    ("unnamed options are kept", [], [User("nova", "nova")], []),
    (
        "new user",
        [],
        [User("glance", "glance", "/var/lib/glance", ("kvm",), uid=64000, gid=64001)],
        [
            ["groupadd", "--system", "--gid", "64001", "glance"],
            [
                *["useradd", "--system", "--gid", "glance", "--home-dir", "/var/lib/glance", "--no-create-home"],
                *["--shell", "/usr/sbin/nologin", "--uid", "64000", "--groups", "kvm", "glance"],
            ],
        ],
    ),
    ("group once", ["a", "root"], [User("nova", "nova"), User("nova", "nova")], [["groupadd", "--system", "a"]]),
    (
        "joins",
        [],
        [User("nova", "nova", None, ("libvirt", "kvm"))],
        [["usermod", "--append", "--groups", "kvm", "nova"]],
    ),
    ("own group is no further group", [], [User("nova", "nova", None, ("nova",))], []),
    (
        "moves",
        [],
        [User("nova", "kvm", "/srv", (), "/bin/sh")],
        [
            ["usermod", "--gid", "kvm", "nova"],
            ["usermod", "--home", "/srv", "nova"],
            ["usermod", "--shell", "/bin/sh", "nova"],
        ],
    ),
]


@pytest.mark.parametrize(("groups", "users", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_commands(groups: list[str], users: list[User], expected: list[list[str]]) -> None:
    assert [command for _, command in bundle_accounts.commands(ACCOUNTS, groups, users)] == expected


def test_ids() -> None:
    assert (ACCOUNTS.uid("nova"), ACCOUNTS.gid("nova"), ACCOUNTS.uid("42")) == (900, 901, 42)
    assert (ACCOUNTS.uid("nobody-knows"), ACCOUNTS.gid("nobody-knows")) == (None, None)


def test_missing_groups() -> None:
    users = [User("a", "b", None, ("b", "c", "libvirt", "d"))]
    assert bundle_accounts.missing_groups(ACCOUNTS, ["d"], users) == ["c"]


STATUS = b"""Package: bash
Status: install ok installed
Version: 1

Package: libc6
Status: install ok installed
Architecture: amd64

Package: gone
Status: deinstall ok config-files

Package: half
Status: install ok half-configured

Package: bash-completion
Status: install ok installed
Description: x
 Package: hidden
"""


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["bash", "libc6", "bash-completion", "libc6:amd64"], []),
        (["gone", "half", "none", "hidden", "completion", "libc6:arm64"], None),
    ],
)
def test_missing_packages(names: list[str], expected: list[str] | None) -> None:
    assert bundle_packages.missing(STATUS, names) == (names if expected is None else expected)


def test_daemons_are_kept_from_starting_only_while_the_run_lives(tmp_path: Path) -> None:
    policy = tmp_path / "policy"
    policy.write_bytes(bundle_packages._policy())
    assert subprocess.run(["/bin/sh", policy, "x", "start"], check=False).returncode == 101
    policy.write_text(policy.read_text().replace(f"/proc/{os.getpid()}/", "/proc/none/"))
    assert subprocess.run(["/bin/sh", policy, "x", "start"], check=False).returncode == 0
