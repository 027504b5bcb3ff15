"""The file of secrets is encrypted and only its owner reads it; hosts have none of it."""

import os
import stat
from pathlib import Path

testinfra_hosts = ["ansible://all"]
FILE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "secrets" / "secrets.yml"


def test_file_is_encrypted():
    assert FILE.read_bytes().startswith(b"$ANSIBLE_VAULT;")


def test_only_the_owner_reads_it():
    assert stat.S_IMODE(FILE.stat().st_mode) == 0o600
    assert stat.S_IMODE(FILE.parent.stat().st_mode) == 0o700


def test_nothing_else_is_left():
    assert [path.name for path in FILE.parent.iterdir()] == ["secrets.yml"]


def test_hosts_have_nothing_of_it(host):
    assert not host.file("/etc/corbel").exists
