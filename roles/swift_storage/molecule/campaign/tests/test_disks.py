"""What an operator's day left on the disks."""

testinfra_hosts = ["ansible://storage"]
POLICY = "(standard|pair|fast|coded|former)"


def test_disks_hold_nothing_readable(host):
    # What the client of side_effect.yml writes is text that repeats.
    assert host.run(f"grep -rlE '{POLICY}-[0-9]+ {POLICY}-' /srv/node").stdout == ""
