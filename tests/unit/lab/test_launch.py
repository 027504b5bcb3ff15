"""Command lines and launchers."""

from __future__ import annotations

import dataclasses
import subprocess
from pathlib import Path

from lab.launch import Images, container_script, uml_command, uml_kernel_script, uml_script
from lab.paths import LabPaths
from lab.plan import Plan

GROUP = Path("/sys/fs/cgroup/corbel-lab/test/host")


def test_command_line_of_a_kernel(lab_plan: Plan) -> None:
    command = uml_command(lab_plan, lab_plan.host("compute1"), "root.img")
    assert command[:5] == [
        "seccomp=on",
        "mem=2560M",
        "ubd0=/mnt/disk.cow,/media/root.img",
        "ubd1=/mnt/disk1.img,,test-compute1-disk1",
        "ubd2=/mnt/disk2.img,,test-compute1-disk2",
    ]
    assert {"ubd14r=/mnt/entropy", "ubd15r=/mnt/identity.tar", "init=/usr/lib/corbel-lab/init"} <= set(command)
    mac = lab_plan.links(lab_plan.host("compute1"))[2].mac
    assert command[-1] == f"vec2:transport=tap,ifname=h40n2,depth=128,gro=1,mac={mac}"


def check_syntax(script: str) -> None:
    """Bash reads it."""
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_launchers_enter_their_group_and_network_first(lab_plan: Plan, lab_paths: LabPaths) -> None:
    container = container_script(lab_paths, lab_plan, lab_plan.host("controller1"), Path("/cache/root"), GROUP)
    images = Images(Path("/cache/root"), Path("/cache/kernel"), Path("/cache/uml/root.img"))
    uml = uml_script(lab_paths, lab_plan.host("compute1"), images, GROUP)
    for script, namespace in ((container, "corbel.test.controller1"), (uml, "corbel.test")):
        check_syntax(script)
        assert f"echo $$ >{GROUP}/cgroup.procs" in script
        assert f"--net=/run/netns/{namespace} unshare --mount" in script
    assert "lowerdir=/cache/root,upperdir=" in container
    assert "size=2624m" in uml, "the memory of the host and a little more"


def test_a_kernel_starts_with_entropy_of_its_own_and_without_files_left_open(lab_plan: Plan) -> None:
    script = uml_kernel_script(lab_plan, lab_plan.host("compute1"), "root.img")
    check_syntax(script)
    lines = script.splitlines()
    assert lines[-1].startswith("exec -a /mnt/kernel /opt/linux.uml seccomp=on")
    assert "head -c 512 /dev/urandom >/mnt/entropy" in lines[:-1]


def test_disks_of_a_container_are_loop_devices_that_go_with_it(lab_plan: Plan, lab_paths: LabPaths) -> None:
    host = dataclasses.replace(lab_plan.host("controller1"), disks=(64, 128))
    script = container_script(lab_paths, lab_plan, host, Path("/cache/root"), GROUP)
    check_syntax(script)
    lines = script.splitlines()
    made = [line for line in lines if line.startswith("loop=$(losetup --find --show ")]
    assert [line.rpartition("/")[2] for line in made] == ["disk1.img)", "disk2.img)"]
    assert lines.count('losetup --detach "$loop"') == 2
    assert any(line.endswith("/by-id/test-controller1-disk2") for line in lines)
    assert '"${disks[@]}"' in script


def test_a_container_without_disks_has_no_loop_devices(lab_plan: Plan, lab_paths: LabPaths) -> None:
    script = container_script(lab_paths, lab_plan, lab_plan.host("controller1"), Path("/cache/root"), GROUP)
    assert "losetup" not in script
    assert "disks=()" in script
