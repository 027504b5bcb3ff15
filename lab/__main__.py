"""Command line of the lab: python3 -m lab VERB."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
from collections.abc import Callable

from lab import cgroup, host, kernel, lifecycle, machine, network, paths, roots
from lab.errors import LabError

DEFAULT = "cloud"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python3 -m lab", description=__import__("lab").__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    def verb(name: str, text: str, *, host: bool = False) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text)
        sub.add_argument("--name", default=DEFAULT, help=f"which lab (default: {DEFAULT})")
        if host:
            sub.add_argument("host", help="name of a host")
        return sub

    up = verb("up", "make a lab, or what is missing of it")
    up.add_argument("--topology", default="default", help="a file, or a name in lab/topologies (default: default)")
    up.add_argument("--hosts", default="", help="only these hosts of it, separated by commas")
    down = verb("down", "remove every trace of a lab")
    down.add_argument("--all", action="store_true", help="of all labs of this checkout, and the whole .lab folder")
    verb("status", "show the labs of this checkout and their hosts")
    ssh = verb("ssh", "open a host, or run a command there", host=True)
    ssh.add_argument("command", nargs=argparse.REMAINDER)
    verb("console", "follow the console of a host", host=True)
    verb("power-cut", "stop a host as if its plug was pulled", host=True)
    verb("power-on", "start a host that is off", host=True)
    verb("freeze", "stop all processes of a host where they are", host=True)
    verb("thaw", "let a frozen host go on", host=True)
    verb("reboot", "restart a host cleanly", host=True)
    for name, text in (("cut-network", "unplug a host from a network"), ("heal-network", "plug it in again")):
        verb(name, text, host=True).add_argument("--network", help="which one (default: all)")
    verb("images", "build what hosts are made from")
    verb("guest-image", "build the image of virtual machines and print where it is")
    verb("packages", "print the Debian packages that the machine needs")
    verb("clean-cache", "remove the images and packages kept between runs")
    return parser


def _status() -> None:
    for name in lifecycle.names():
        try:
            lab, plan = lifecycle.opened(name)
        except LabError:
            print(f"lab {name}: half-made")
            continue
        print(f"lab {name}: {plan.range}, {lab.root}")
        for entry in plan.topology.hosts:
            visible = os.geteuid() == 0 and (network.NAMESPACES / lab.namespace).exists()
            cut = network.cut_links(lab, plan, entry) if visible else []
            cut_text = f", cut from {' '.join(cut)}" if cut and host.state(lab, entry) != "off" else ""
            print(f"  {entry.name:<14} {entry.kind:<10} {plan.address(entry):<16} {host.state(lab, entry)}{cut_text}")


def _one_host(options: argparse.Namespace) -> None:
    lab, plan = lifecycle.opened(options.name)
    entry = plan.host(options.host)
    group = cgroup.group(lab.name, entry.name)
    verbs: dict[str, Callable[[], object]] = {
        "power-cut": lambda: host.power_cut(lab, plan, entry),
        "power-on": lambda: host.power_on(lab, plan, entry),
        "freeze": lambda: cgroup.freeze(group, True),
        "thaw": lambda: cgroup.freeze(group, False),
        "reboot": lambda: host.reboot(lab, plan, entry),
        "cut-network": lambda: network.set_link(lab, plan, entry, options.network, False),
        "heal-network": lambda: network.set_link(lab, plan, entry, options.network, True),
    }
    if options.verb == "ssh":
        argv = host.ssh(lab, plan, entry, options.command)
        os.execvp(argv[0], argv)  # noqa: S606
    elif options.verb == "console":
        os.execvp("tail", ["tail", "-n", "+1", "-F", str(lab.log(entry.name))])  # noqa: S606
    else:
        verbs[options.verb]()


def _images() -> None:
    machine.refuse(machine.read(paths.cache()), [], uml=False, cache_ready=False)
    print(f"root: {roots.root()}\nkernel: {kernel.package()}\nmodules: {kernel.extra_modules()}")


def _clean_cache() -> None:
    running = lifecycle.registered()
    if running:
        raise LabError(f"labs run on the cached images: {', '.join(running)}; expected none: python3 -m lab down --all")
    if paths.cache().exists():
        shutil.rmtree(paths.cache())


def _do(options: argparse.Namespace) -> None:
    if options.verb == "up":
        lifecycle.up(options.name, options.topology, [name for name in options.hosts.split(",") if name])
    elif options.verb == "down":
        lifecycle.down_all() if options.all else lifecycle.down(options.name)
    elif options.verb == "guest-image":
        from lab.guest import build

        print(build.describe(build.image()))
    elif options.verb == "packages":
        print("\n".join(machine.PACKAGES))
    elif hasattr(options, "host"):
        _one_host(options)
    else:
        {"status": _status, "images": _images, "clean-cache": _clean_cache}[options.verb]()


def main() -> int:
    """Do what was asked; one sentence and exit code 1 if it cannot be done."""
    options = _parser().parse_args()
    os.umask(0o022)
    # As on the command line, whatever the caller's path: programs of the machine, not of a virtual environment.
    os.environ["PATH"] = f"/usr/local/sbin:/usr/sbin:/sbin:{os.environ.get('PATH', '/usr/bin:/bin')}"
    try:
        _do(options)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            f"\ninterrupted; `{shlex.join(['python3', '-m', 'lab', *sys.argv[1:]])}` goes on from here", file=sys.stderr
        )
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
