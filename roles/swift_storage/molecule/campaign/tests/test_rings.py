"""What an operator's day left: nobody missed an object, and the module does with Swift's own builder what it says."""

import json
import re
import time

testinfra_hosts = ["ansible://controller"]
STATE = "/run/swift-client.json"
# A round takes seconds; a request may wait a minute for a host that does not answer.
LONGEST_ROUND = 120
FOLDER = "/var/lib/corbel/swift-rings"


def builder(host, ring):
    """What swift-ring-builder shows of a ring."""
    path = host.check_output("ls -d /opt/corbel/releases/*/*/bin/swift-ring-builder | head -1")
    return host.run(f"{path} {FOLDER}/{ring}.builder").stdout


def test_every_object_was_read_at_every_moment(host):
    told = json.loads(host.file(STATE).content_string)
    assert told["rounds"] >= 5
    assert told["wrong"] == []
    # Until it was stopped, not until it died.
    since_the_last = host.file("/run/swift-client.stopped").mtime - host.file(STATE).mtime
    assert since_the_last.total_seconds() < LONGEST_ROUND


def test_the_new_zone_has_data_and_the_old_host_is_gone(host):
    text = builder(host, "object")
    storage = re.findall(r"\d+\.\d+\.\d+\.\d+:6200", text)
    last = sorted({int(address.partition(":")[0].rpartition(".")[2]) for address in storage})
    assert last == [22, 23, 24, 25]
    assert "150.00" in text


def fragments(host):
    """Numbers of the fragments of each object that all storage hosts have, of the newest that was written."""
    found = {}
    for name in ("storage2", "storage3", "storage4", "storage5"):
        other = host.get_host(f"ansible://{name}", ansible_inventory=host.backend.ansible_inventory)
        # What looks after them may move one at this moment.
        for line in other.run("find /srv/node/d1/objects-3 -name '*.data' -printf '%P\\n'").stdout.splitlines():
            _, _, key, file = line.split("/")
            stamp, number = file.removesuffix(".data").split("#")[:2]
            found.setdefault(key, {}).setdefault(stamp, set()).add(number)
    return {key: stamps[max(stamps)] for key, stamps in found.items()}


def test_every_fragment_is_there(host):
    # Twelve objects of the client and the probes; written anew while a host was away, lost with a disk, damaged.
    for _ in range(30):
        found = fragments(host)
        if all(numbers == {"0", "1", "2", "3"} for numbers in found.values()):
            break
        time.sleep(5)
    assert len(found) > 12
    assert {key: numbers for key, numbers in found.items() if len(numbers) != 4} == {}


def test_builders_are_backed_up_and_for_root(host):
    assert len(host.file(f"{FOLDER}/backups").listdir()) > 4
    assert host.file(f"{FOLDER}/object.builder").mode == 0o600
    assert host.file(f"{FOLDER}/backups").mode == 0o700


def test_no_hash_prefix_beside_the_rings(host):
    found = host.run(f"grep -rl molecule-prefix {FOLDER}")
    # 1 is nothing found; 2 would be a search that failed.
    assert (found.rc, found.stdout) == (1, ""), found.stderr
