"""Simulated hosts: what they are sent they have, and the second run finds nothing to do."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.corbel import bundle_payload

from tests.bench.simulated import answers, state
from tests.bench.site import ROOT, Site, playbook

PLAYBOOK = """
- name: Write something
  hosts: all
  become: true
  gather_facts: false
  tasks:
    - name: Apply a bundle
      service_bundle:
        name: sample
        files:
          - {path: /etc/sample.conf, content: "of {{ sample }}\\n", units: [sample.service]}
          - {path: /etc/other.conf, content: "always\\n", units: []}
        units: [{name: sample.service, content: "[Service]\\n"}]
        units_action: report
      register: applied
    - name: Bring it up
      service_units: {pending: "{{ applied.pending_units }}"}
      when: applied.pending_units | length > 0
    - name: Have a folder
      ansible.builtin.file: {path: /etc/plain, state: directory, mode: "0750"}
    - name: Write files
      ansible.builtin.template: {src: plain.j2, dest: "/etc/plain/{{ item }}", owner: root, mode: "0640"}
      loop: [one, two]
    - name: Copy a text
      ansible.builtin.copy: {content: "always", dest: /etc/plain/text, mode: "0644"}
    - name: Start a unit
      ansible.builtin.systemd_service: {name: plain.service, enabled: true, state: started}
"""


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., dict[str, int]]:
    """Run the playbook over two hosts; the counts of all results."""
    site = Site(tmp_path / "site", 2).make()
    (tmp_path / "play.yml").write_text(PLAYBOOK)
    (tmp_path / "plain.j2").write_text("of {{ sample }}\n")

    def once(sample: str) -> dict[str, int]:
        report = tmp_path / "report.json"
        command = playbook(site, tmp_path / "play.yml", "-e", f"sample={sample}")
        done = subprocess.run(
            command, cwd=ROOT, env=site.environment(report=report), capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert site.simulation_seconds() > 0
        counts: dict[str, int] = json.loads(report.read_text())["results"]
        return counts

    return once


def test_a_second_run_changes_nothing_and_one_option_only_what_it_concerns(run: Callable[..., dict[str, int]]) -> None:
    first, second, third = run("first"), run("first"), run("other")
    assert first["changed"] == 2 * 6
    assert (second["changed"], second["skipped"]) == (0, 2)
    # The bundle, its unit and the two templates in one task.
    assert third["changed"] == 2 * 3


def host(known: dict[str, Any] | None = None) -> state.Host:
    return state.Host("198.18.0.16", {"198.18.0.16": "compute1"}, known or {})


def test_a_module_that_nobody_taught_is_named() -> None:
    found = answers.answer(host(), "reboot", {}, False)
    assert found["failed"]
    assert "simulated host compute1: found a call of reboot, expected one of apt, " in found["msg"]
    assert "teach tests/bench/simulated/answers.py" in found["msg"]


def test_what_is_no_module_is_refused() -> None:
    with pytest.raises(
        ValueError, match="found no module_fqn in what Ansible sent, expected a module in Ansible's own"
    ):
        answers.called(b"#!/bin/sh\necho hello\n")


def bundle(text: str) -> dict[str, Any]:
    files = [{"path": "/etc/one", "content": text}, {"path": "/etc/two", "content": "same"}]
    units = [{"name": "one.service"}]
    return {"payload": bundle_payload.pack({"name": "one", "files": files, "units": units, "units_action": "report"})}


def test_check_mode_leaves_a_bundle_to_be_applied() -> None:
    fresh = host()
    for _ in range(2):
        planned = answers.answer(fresh, "service_bundle", bundle("a"), True)
        assert planned["changed_files"] == ["/etc/one", "/etc/two"]
    answers.answer(fresh, "service_bundle", bundle("a"), False)
    assert not answers.answer(fresh, "service_bundle", bundle("a"), True)["changed"]
    assert answers.answer(fresh, "service_bundle", bundle("b"), True)["changed_files"] == ["/etc/one"]


def test_a_unit_stays_pending_until_it_is_brought_up() -> None:
    fresh = host()
    first = answers.answer(fresh, "service_bundle", bundle("a"), False)
    again = answers.answer(fresh, "service_bundle", bundle("a"), False)
    assert first["pending_units"] == again["pending_units"] != []
    assert not again["changed"]
    assert answers.answer(fresh, "service_units", {"pending": first["pending_units"]}, False)["changed"]
    assert answers.answer(fresh, "service_bundle", bundle("a"), False)["pending_units"] == []


def asked(text: str) -> dict[str, Any]:
    questions = [{"module": "service_bundle", "arguments": bundle(text), "check": True}]
    return {"payload": bundle_payload.pack({"questions": questions})}


def test_a_comparison_is_answered_as_the_modules_would(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(answers.ADOPT, raising=False)
    fresh = host()
    assert answers.answer(fresh, "host_comparison", asked("a"), False)["answers"][0]["changed"]
    assert answers.answer(fresh, "host_comparison", asked("a"), False)["answers"][0]["changed"]
    monkeypatch.setenv(answers.ADOPT, "1")
    adopted = answers.answer(fresh, "host_comparison", asked("a"), False)["answers"][0]
    assert (adopted["changed"], adopted["pending_units"]) == (False, [])
    monkeypatch.delenv(answers.ADOPT)
    assert not answers.answer(fresh, "host_comparison", asked("a"), False)["answers"][0]["changed"]
    assert answers.answer(fresh, "host_comparison", asked("b"), False)["answers"][0]["changed"]


def test_a_state_is_kept_between_calls(tmp_path: Path) -> None:
    state.write_names(tmp_path, {"198.18.0.16": "compute1"})
    with state.opened(tmp_path, "198.18.0.16") as one:
        one.put("key", {"a": 1})
    with state.opened(tmp_path, "198.18.0.16") as one:
        assert (one.name, one.get("key"), one.dirty) == ("compute1", {"a": 1}, False)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".lock"}
