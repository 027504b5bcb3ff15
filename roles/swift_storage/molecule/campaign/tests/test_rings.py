"""What an operator's day left: nobody missed an object, and the module does with Swift's own builder what it says."""

import json
import re

testinfra_hosts = ["ansible://controller"]
FOLDER = "/var/lib/corbel/swift-rings"


def builder(host, ring):
    """What swift-ring-builder shows of a ring."""
    path = host.check_output("ls -d /opt/corbel/releases/*/*/bin/swift-ring-builder | head -1")
    return host.run(f"{path} {FOLDER}/{ring}.builder").stdout


def test_every_object_was_read_at_every_moment(host):
    told = json.loads(host.file("/run/swift-client.json").content_string)
    assert told["rounds"] >= 5
    assert told["wrong"] == []


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
    found = host.run(f"grep -rl molecule-prefix {FOLDER}")
    # 1 is nothing found; 2 would be a search that failed.
    assert (found.rc, found.stdout) == (1, ""), found.stderr
