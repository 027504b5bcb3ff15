"""What an operator's day left: nobody missed an object, and the module does with Swift's own builder what it says."""

import json
import re

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


def test_builders_are_backed_up_and_for_root(host):
    assert len(host.file(f"{FOLDER}/backups").listdir()) > 4
    assert host.file(f"{FOLDER}/object.builder").mode == 0o600
    assert host.file(f"{FOLDER}/backups").mode == 0o700


def test_no_hash_prefix_beside_the_rings(host):
    assert host.run(f"grep -rl molecule-prefix {FOLDER}").stdout == ""
