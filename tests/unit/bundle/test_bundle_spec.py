"""What a bundle may say, and how it is refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.corbel import bundle_payload, bundle_spec
from ansible.module_utils.corbel.bundle_spec import BundleError

from tests.unit.bundle.conftest import demo

FILE = {"path": "/etc/x", "content": ""}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name: found ''"),
    ({"name": "../x"}, "name: found '../x'"),
    ({"name": "x", "pakages": []}, "unknown key 'pakages'; did you mean 'packages'?"),
    ({"name": "x", "zzz": []}, "unknown key 'zzz'; known are"),
    ({"name": "x", "packages": "bash"}, "packages: found text; a list is expected"),
    ({"name": "x", "packages": ["--force"]}, "packages: found '--force'"),
    ({"name": "x", "users": [{"nam": "u"}]}, "unknown key 'nam'; did you mean 'name'?"),
    ({"name": "x", "users": [{"name": "u:0"}]}, "users: found 'u:0'"),
    ({"name": "x", "users": [{"name": "u"}, {"name": "u"}]}, "user u is listed twice"),
    ({"name": "x", "directories": [{"path": "etc"}]}, "found path 'etc'; an absolute path"),
    ({"name": "x", "directories": [{"path": "/etc/../x"}]}, "an absolute path without detours"),
    ({"name": "x", "directories": [{"path": "/etc/x/"}]}, "an absolute path without detours"),
    ({"name": "x", "directories": [{"path": "/x", "mode": 0o755}]}, 'found mode 493; a quoted octal such as "0640"'),
    ({"name": "x", "directories": [{"path": "/x", "mode": "u=rw"}]}, "found mode 'u=rw'"),
    ({"name": "x", "files": [{**FILE, "mod": "0644"}]}, "file /etc/x: unknown key 'mod'; did you mean 'mode'?"),
    ({"name": "x", "files": [FILE, FILE]}, "/etc/x is listed twice, in files and in files"),
    ({"name": "x", "files": [FILE], "directories": [{"path": "/etc/x"}]}, "listed twice, in directories and in files"),
    ({"name": "x", "files": [{**FILE, "secret": True, "mode": "0644"}]}, "found secret with mode 0644"),
    ({"name": "x", "files": [{**FILE, "content": {"a": 1}}]}, "content: found a dictionary; text is expected"),
    ({"name": "x", "files": [{**FILE, "units": ["y.service"]}]}, "units names y.service, which the bundle does not"),
    ({"name": "x", "files": [{**FILE, "validate": "true"}]}, "a command with %s"),
    ({"name": "x", "units": [{"name": "y"}]}, "a unit name with its type is expected"),
    ({"name": "x", "units": [{"name": "y.service", "state": "start"}]}, "one of started, stopped, any"),
    ({"name": "x", "units": [{"name": "y.service"}, {"name": "y.service"}]}, "unit y.service is listed twice"),
    ({"name": "x", "units": [{"name": "y@.service", "state": "started"}]}, "a template unit can neither run"),
    ({"name": "x", "watch": ["host.pem"]}, "watch: found path 'host.pem'"),
    ({"name": "x", "timeout": "soon"}, "timeout: found 'soon'; a whole number"),
    ({"name": "x", "settle": True}, "settle: found True"),
    ({"name": "x", "units_action": "later"}, "one of apply, report"),
    (
        {
            "name": "x",
            "units": [{"name": "y.service"}],
            "files": [{"path": "/etc/systemd/system/y.service", "content": ""}],
        },
        "the file of unit y.service is listed under files as well",
    ),
]


@pytest.mark.parametrize(("raw", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_refuses(raw: dict[str, Any], message: str) -> None:
    with pytest.raises(BundleError) as caught:
        bundle_spec.parse(raw)
    assert message in str(caught.value)


def test_sources_of_a_file_exclude_each_other() -> None:
    with pytest.raises(BundleError, match="found template and content; exactly one"):
        bundle_spec.check_source("file /x", {"template": "t", "content": "c"}, required=True)
    with pytest.raises(BundleError, match="found neither"):
        bundle_spec.check_source("file /x", {}, required=True)
    bundle_spec.check_source("unit x", {"drop_in": "d"}, required=False)


def test_defaults() -> None:
    bundle = bundle_spec.parse(
        {
            "name": "x",
            "users": [{"name": "u"}],
            "files": [{"path": "/s", "content": "é", "secret": True}, FILE],
            "units": [{"name": "a.service"}, {"name": "b@.service"}],
        }
    )
    assert bundle.users[0].group == "u"
    assert [(file.content, file.mode, file.units) for file in bundle.files] == [
        ("é".encode(), 0o600, None),
        (b"", 0o644, None),
    ]
    assert [(unit.enabled, unit.state, unit.on_change) for unit in bundle.units] == [
        (True, "started", "restart"),
        (None, "any", "restart"),
    ]


def test_travels_unchanged() -> None:
    assert bundle_payload.unpack(bundle_payload.pack(demo("naïve ✓\n"))) == demo("naïve ✓\n")


def test_what_travels_is_plain_data() -> None:
    class Tagged(str):
        """A string that knows more than its text."""

    found = bundle_payload.plain({Tagged("name"): Tagged("demo"), "files": ({"mode": 1, "owner": None},)})
    assert found == {"name": "demo", "files": [{"mode": 1, "owner": None}]}
    assert {type(part) for one in found.items() for part in one} == {str, list}
