"""The phases that can be measured: what is run for each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Phase:
    """A command, with `{inventory}` where the inventory stands."""

    name: str
    about: str
    command: tuple[str, ...]


def playbook(name: str, about: str, *arguments: str) -> Phase:
    return Phase(name, about, ("ansible-playbook", "-i", "{inventory}", *arguments))


PHASES = {
    phase.name: phase
    for phase in (
        Phase("cloud", "make cloud: hosts, deployment, first resources, verification", ("make", "cloud")),
        playbook("site", "site.yml as the inventory is", "playbooks/site.yml"),
        playbook("noop", "site.yml on a cloud that is as it should be", "playbooks/site.yml"),
        playbook("check", "site.yml in check mode", "--check", "playbooks/site.yml"),
        playbook("preflight", "the checks before any change", "playbooks/preflight.yml"),
        playbook("resources", "first resources", "playbooks/resources.yml"),
        playbook("verify", "verification with servers", "playbooks/verify.yml"),
    )
}
