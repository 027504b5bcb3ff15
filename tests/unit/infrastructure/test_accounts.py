"""What the modules of accounts have in common."""

from __future__ import annotations

import pytest
from ansible.module_utils.corbel import accounts


def unreachable() -> str:
    raise accounts.UnreachableError("no server")


def test_a_host_without_a_server_has_nothing_in_check_mode_only() -> None:
    assert accounts.read(unreachable, True, "nothing") == "nothing"
    with pytest.raises(accounts.UnreachableError):
        accounts.read(unreachable, False, "nothing")
    assert accounts.read(lambda: "something", True, "nothing") == "something"


def test_a_program_reads_the_text() -> None:
    done = accounts.run(["cat"], "any host", "statement;\n")
    assert (done.returncode, done.stdout) == (0, "statement;\n")


def test_a_missing_program_names_the_host_that_has_it() -> None:
    with pytest.raises(accounts.UnreachableError, match="found no program 'no-such-program', expected a database host"):
        accounts.run(["no-such-program"], "a database host")


@pytest.mark.parametrize(
    ("sentences", "after", "actions"),
    [([], "", []), (["a: created", "b: password set"], "a: created\nb: password set\n", ["create", "change"])],
)
def test_result(sentences: list[str], after: str, actions: list[str]) -> None:
    result = accounts.result("database", sentences)
    assert result["changed"] is bool(sentences)
    assert result["diff"] == {"before": "", "after": after}
    told = result["results"][0]["plan"]
    assert [(one["kind"], one["name"], one["action"]) for one in told] == [
        ("database", *pair) for pair in zip(sentences, actions, strict=True)
    ]
