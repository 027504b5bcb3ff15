"""A diff of a file with secrets shows options and hides secrets."""

import pytest
from ansible.module_utils.corbel.bundle_mask import masked

OLD = """# Managed
[DEFAULT]
debug = false
transport_url = rabbit://nova:short@host:5671/nova
workers = 2

[database]
connection = mysql+pymysql://nova:pw@db/nova

[neutron]
metadata_proxy_shared_secret = tiny
auth_url = https://vip:5000/v3
odd = Zm9vYmFyYmF6cXV4MTIzNDU2
"""


def test_options_are_shown_and_secrets_are_not() -> None:
    before, after = masked("/etc/nova/nova.conf", OLD, OLD.replace("debug = false", "debug = true")) or ("", "")
    assert "debug = false" in before
    assert "debug = true" in after
    assert "auth_url = https://vip:5000/v3" in after
    for secret in ("short", "pw@", "tiny", "Zm9v"):
        assert secret not in before + after
    assert "connection = ********" in after


def test_a_secret_that_moves_to_a_harmless_name_stays_hidden() -> None:
    secret = "Zm9vYmFyYmF6cXV4MTIzNDU2"
    before, after = masked("/etc/x.conf", f"password = {secret}\n", f"note = {secret}\nlevel = 2\n") or ("", "")
    assert secret not in before + after
    assert "level = 2" in after


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        ("/etc/x.conf", "password = a\n", "password = b\n"),
        ("/etc/x.key", "a", "b"),
        ("/etc/x.conf", "plain text\n", "another plain text\n"),
    ],
    ids=["only the secret differs", "no INI file", "lines without an option"],
)
def test_nothing_is_shown(path: str, old: str, new: str) -> None:
    assert masked(path, old, new) is None


def test_continued_lines_are_hidden_with_their_option() -> None:
    before, _ = masked("/etc/x.conf", "password =\n  first\n  second\nlevel = 1\n", "level = 2\n") or ("", "")
    assert "first" not in before
    assert "second" not in before
