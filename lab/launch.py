"""The scripts that start hosts. Everything a host mounts is in a mount namespace of its own and goes with it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from lab import cgroup
from lab.identity import archive, prepare, write_tree
from lab.kernel import package
from lab.paths import LabPaths
from lab.plan import Plan
from lab.roots import image, root
from lab.topology import Host

# Beyond what systemd-nspawn gives; VRRP and the load balancer want the network, databases locked memory.
CAPABILITIES = "CAP_NET_ADMIN,CAP_NET_RAW,CAP_IPC_LOCK,CAP_SYS_NICE,CAP_SYS_RESOURCE"
# Letters of ubd devices: a is the root, b and on are further disks.
ENTROPY, IDENTITY = 14, 15


@dataclass(frozen=True)
class Images:
    """What a User Mode Linux host is made from, in the cache."""

    root: Path
    kernel: Path
    disk: Path


def quote(path: Path | str) -> str:
    """A path for a shell script."""
    return shlex.quote(str(path))


def enter(group: Path, namespace: str) -> str:
    """First lines of a launcher: into the group of the host, into the network, into a mount namespace."""
    return f"""#!/bin/bash
set -eu
if [ "${{1:-}}" != inside ]; then
    echo $$ >{quote(group / "cgroup.procs")}
    exec nsenter --net=/run/netns/{namespace} unshare --mount --propagation slave "$0" inside
fi
"""


def loop_devices(lab: LabPaths, plan: Plan, host: Host) -> str:
    """Lines that make the further disks of a container: loop devices, found by name below /dev/disk/by-id.

    Detached at once, each goes when the last that has it open is gone: this script, or a mount inside the container.
    """
    home = lab.host(host.name)
    links = quote(home / "by-id")
    lines = ["disks=()"]
    if host.disks:
        lines += [f"rm -rf {links}", f"mkdir {links}", f"disks+=(--bind={links}:/dev/disk/by-id)"]
    for index, serial in enumerate(plan.serials(host), start=1):
        lines += [
            f"loop=$(losetup --find --show {quote(home / f'disk{index}.img')})",
            'exec {open}<"$loop"',
            'losetup --detach "$loop"',
            f'ln -s "../../${{loop#/dev/}}" {links}/{serial}',
            'disks+=(--bind="$loop")',
        ]
    return "\n".join(lines)


def container_script(lab: LabPaths, plan: Plan, host: Host, base: Path, group: Path) -> str:
    """Launcher of a container. A reboot ends systemd-nspawn with 133; interfaces then start without old addresses."""
    home = lab.host(host.name)
    at = quote(home / "root")
    options = f"lowerdir={base},upperdir={home / 'disk/upper'},workdir={home / 'disk/work'}"
    return f"""{enter(group, lab.host_namespace(host.name))}mount -t sysfs sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run
mount -t overlay -o {quote(options)} overlay {at}
{loop_devices(lab, plan, host)}
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
code=133
while [ $code = 133 ]; do
    for path in /sys/class/net/eth*; do
        ip address flush dev "${{path##*/}}"
        ip link set "${{path##*/}}" down
    done
    code=0
    systemd-nspawn --quiet --boot --register=no --keep-unit --directory={at} --machine={host.name} \\
        --link-journal=no --console=pipe --resolv-conf=off --timezone=off \\
        --capability={CAPABILITIES} --bind=/dev/net/tun --bind=/dev/fuse "${{disks[@]}}" || code=$?
done
for path in /sys/class/net/eth*; do ip link set "${{path##*/}}" down; done
exit $code
"""


def uml_command(plan: Plan, host: Host, base: str) -> list[str]:
    """Command line of a User Mode Linux kernel. In its root /mnt is the host's folder, /media the cache's."""
    command = ["seccomp=on", f"mem={host.memory}M", f"ubd0=/mnt/disk.cow,/media/{base}"]
    # The empty field is that of a backing file.
    command += [
        f"ubd{index}=/mnt/disk{index}.img,,{serial}" for index, serial in enumerate(plan.serials(host), start=1)
    ]
    command += [f"ubd{ENTROPY}r=/mnt/entropy", f"ubd{IDENTITY}r=/mnt/identity.tar"]
    command += ["root=/dev/ubda", "rootfstype=ext4", "rw", "init=/usr/lib/corbel-lab/init"]
    command += ["con=null", "con0=null,fd:1", "con1=null", "ssl=null", f"umid={host.name}", "uml_dir=/run"]
    command += ["systemd.show_status=auto"]
    for index, link in enumerate(plan.links(host)):
        command.append(f"vec{index}:transport=tap,ifname={link.port},depth=128,gro=1,mac={link.mac}")
    return command


def uml_kernel_script(plan: Plan, host: Host, base: str) -> str:
    """What runs inside the root. The kernel runs it again to reboot.

    Files left open would keep the taps busy, and old entropy would make the host draw the same numbers again.
    """
    command = shlex.join(uml_command(plan, host, base))
    return f"""#!/bin/bash
for path in /proc/self/fd/*; do
    number=${{path##*/}}
    [ "$number" -le 2 ] || eval "exec $number>&-"
done 2>/dev/null
head -c 512 /dev/urandom >/mnt/entropy
exec -a /mnt/kernel /opt/linux.uml {command}
"""


def uml_script(lab: LabPaths, host: Host, images: Images, group: Path) -> str:
    """Launcher of a User Mode Linux host. The kernel runs in the root: the machine's C library may be too old."""
    at = quote(images.root)
    memory = f"{at}/dev/shm"  # noqa: S108 - a tmpfs of this host alone
    return f"""{enter(group, lab.namespace)}mount --bind {at} {at}
mount --rbind /dev {at}/dev
mount -t proc proc {at}/proc
mount -t tmpfs tmpfs {at}/run
# The memory of the host is a file here.
mount -t tmpfs -o size={host.memory + 64}m tmpfs {memory}
mount --bind {quote(lab.host(host.name))} {at}/mnt
mount --bind {quote(images.disk.parent)} {at}/media
mount --bind {quote(images.kernel)} {at}/opt
cd {at}
exec env -i PATH=/usr/sbin:/usr/bin HOME=/root setarch -R chroot {at} /mnt/kernel
"""


def write(lab: LabPaths, plan: Plan, host: Host) -> Path:
    """Write a host's disks, identity and launcher; gives the launcher. A host keeps the images it was made from."""
    home = lab.host(host.name)
    launcher = home / "launch"
    if launcher.exists():
        return launcher
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    group = cgroup.group(lab.name, host.name)
    wanted = prepare(lab, plan, host)
    for index, size in enumerate(host.disks, start=1):
        with (home / f"disk{index}.img").open("ab") as file:
            file.truncate(size << 20)
    if host.kind == "container":
        if not (home / "disk/upper").exists():
            staging = home / "staging"
            write_tree(staging, wanted)
            staging.chmod(0o755)
            for folder in ("root", "disk/work"):
                (home / folder).mkdir(parents=True, exist_ok=True)
            staging.rename(home / "disk/upper")
        script = container_script(lab, plan, host, root(), group)
    else:
        base = image(host.disk)
        (home / "identity.tar").write_bytes(archive(wanted))
        kernel_script = home / "kernel"
        kernel_script.write_text(uml_kernel_script(plan, host, base.name))
        kernel_script.chmod(0o755)
        script = uml_script(lab, host, Images(root(), package(), base), group)
    unfinished = home / "launch.new"
    unfinished.write_text(script)
    unfinished.chmod(0o755)
    unfinished.rename(launcher)
    return launcher
