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
    ("sentences", "result"),
    [
        ([], {"changed": False, "diff": {"before": "", "after": ""}}),
        (["a: made", "b: made"], {"changed": True, "diff": {"before": "", "after": "a: made\nb: made\n"}}),
    ],
)
def test_result(sentences: list[str], result: dict[str, object]) -> None:
    assert accounts.result(sentences) == result
