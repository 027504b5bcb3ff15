"""Command line of the release tools."""

from __future__ import annotations

import argparse
import sys

from module_utils.corbel.release import ReleaseError, default_environments


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    top = argparse.ArgumentParser(prog="python -m tools.release", description=__doc__)
    verbs = top.add_subparsers(dest="verb", required=True)
    lock = verbs.add_parser("lock", help="resolve releases/<series>/*.in into locks with hashes")
    lock.add_argument("series")
    lock.add_argument("--upgrade", action="store_true", help="ignore the versions that the present lock holds")
    build = verbs.add_parser("build", help="build, check and pack the environments of a series")
    build.add_argument("series")
    build.add_argument("environments", nargs="*", help="default: all that are not built on demand")
    verify = verbs.add_parser(
        "verify-reproducible", help="build again from the same locks and compare the lists of files"
    )
    verify.add_argument("series")
    verify.add_argument("environments", nargs="*")
    verbs.add_parser("packages", help="print the Debian packages that this machine needs for a build")
    options = verbs.add_parser("options", help="write the options that the services of a built series read")
    options.add_argument("series")
    show = verbs.add_parser("id", help="print the id of the release that a series' folder describes")
    show.add_argument("series")
    return top


def main(arguments: list[str] | None = None) -> int:
    """Run one verb; give the exit status."""
    options = parser().parse_args(arguments)
    if options.verb == "packages":
        # Asked before anything is installed: only what imports the standard library may be loaded here.
        from tools.release.chroot import machine_packages

        print("\n".join(machine_packages()))
        return 0
    from tools.release.definition import load_series, output_dir

    try:
        series = load_series(options.series)
        if options.verb == "id":
            print(series.identifier)
        elif options.verb == "lock":
            from tools.release.lock import lock

            for path in lock(series, upgrade=options.upgrade):
                print(f"release: wrote {path}")
        elif options.verb == "options":
            from tools.release.options import write

            print(f"release: wrote {write(series)}")
        else:
            from tools.release import build

            names = options.environments or default_environments(series.data)
            if options.verb == "build":
                build.build(series, names)
                print(f"release: {series.identifier} is built: {output_dir(series.identifier)}")
            else:
                build.verify_reproducible(series, names)
                print(f"release: {series.identifier} built again gives the same lists of files")
    except ReleaseError as error:
        print(f"release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
