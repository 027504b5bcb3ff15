"""What an operator's day left on the disks."""

testinfra_hosts = ["ansible://storage"]
POLICY = "(standard|pair|fast|coded|former)"


def test_disks_hold_nothing_readable(host):
    # What the client of side_effect.yml writes is text that repeats.
    found = host.run(f"grep -rlE '{POLICY}-[0-9]+ {POLICY}-' /srv/node")
    # 1 is nothing found; 2 would be a search that failed.
    assert (found.rc, found.stdout) == (1, ""), found.stderr
