"""The smoke test's inner side: runs in the bare root with the root's own Python and nothing else.

Reads its orders as JSON from standard input; the last line of its output is the verdict as JSON.
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PORT = 8443
PATIENCE = 120
TAIL = 1500
SERVER_ERROR = 500


class Check:
    """Collects what failed and how long each part took."""

    def __init__(self, orders: dict[str, Any]) -> None:
        """Keep the orders."""
        self.orders = orders
        self.bin = Path(orders["environment"]) / "bin"
        self.etc = Path(orders["etc"])
        self.failures: list[str] = []
        self.seconds: dict[str, float] = {}

    def part(self, name: str, work: Callable[[], None]) -> None:
        """Run one part and take its time."""
        started = time.monotonic()
        work()
        self.seconds[name] = round(time.monotonic() - started, 1)

    def run(self, argv: Sequence[str], what: str, variables: dict[str, str] | None = None) -> str:
        """Run a command; note a failure with the end of its output."""
        try:
            result = subprocess.run(
                argv,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                stdin=subprocess.DEVNULL,
                timeout=PATIENCE,
                env={**os.environ, **(variables or {})},
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            self.failures.append(f"{what}: {error}")
            return ""
        if result.returncode:
            self.failures.append(f"{what} ended with {result.returncode}: {(result.stdout + result.stderr)[-TAIL:]}")
        return result.stdout

    def libraries(self) -> None:
        """Find every shared object whose libraries the run-time packages do not bring."""
        objects = [*Path(self.orders["environment"]).rglob("*.so*"), *self.bin.glob("uwsgi")]
        folder = Path(self.orders["environment"])
        for item in objects:
            result = subprocess.run(["ldd", str(item)], capture_output=True, text=True, check=False)
            missing = [line.split()[0] for line in result.stdout.splitlines() if "not found" in line]
            # Libraries that a wheel brings for itself are found through the object that loads them.
            lacking = [name for name in missing if not list(folder.rglob(name))]
            if lacking:
                self.failures.append(
                    f"{item.relative_to(folder)} lacks {', '.join(lacking)}: add the package to debian_packages"
                )

    def programs(self) -> None:
        """Ask every listed program for its help."""

        def ask(name: str) -> None:
            self.run([str(self.bin / name), "--help"], f"{name} --help")

        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            list(pool.map(ask, self.orders["programs"]))
        if "uwsgi" in self.orders["programs"]:
            found = self.run([str(self.bin / "uwsgi"), "--help"], "uwsgi --help")
            if "--https-socket" not in found:
                self.failures.append("uwsgi was built without OpenSSL: it has no option --https-socket")

    def imports(self) -> None:
        """Import what services load by name only."""
        if self.orders["imports"]:
            code = f"import {', '.join(self.orders['imports'])}"
            self.run([str(self.bin / "python"), "-c", code], code)

    def files(self) -> None:
        """Write the configuration, and a key and certificate for the servers."""
        self.etc.mkdir(parents=True, exist_ok=True)
        for folder in ("fernet", "images"):
            (self.etc / folder).mkdir(exist_ok=True)
        for name, content in self.orders["files"].items():
            path = self.etc / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        if self.orders["wsgi"]:
            command = [
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
            ]
            command += ["-addext", "subjectAltName=DNS:localhost"]
            self.run(
                [*command, "-keyout", str(self.etc / "key.pem"), "-out", str(self.etc / "cert.pem")], "openssl req"
            )

    @contextmanager
    def database(self) -> Iterator[None]:
        """Run a throw-away MariaDB with the wanted databases while the body runs."""
        data = self.etc / "mariadb"
        self.run(
            ["mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={data}", "--skip-test-db"],
            "MariaDB set-up",
        )
        create = self.etc / "create.sql"
        statements = [f"CREATE DATABASE {name} CHARACTER SET utf8mb3;" for name in self.orders["databases"]]
        create.write_text("\n".join(statements) + "\n", encoding="utf-8")
        options = [
            "--no-defaults",
            "--user=root",
            f"--datadir={data}",
            "--skip-grant-tables",
            "--bind-address=127.0.0.1",
        ]
        options += [f"--socket={self.etc}/mariadb.sock", f"--init-file={create}", "--innodb-flush-log-at-trx-commit=0"]
        with (self.etc / "mariadb.log").open("w", encoding="utf-8") as log:
            server = subprocess.Popen(["mariadbd", *options], stdout=log, stderr=log)
            try:
                self.await_database(server)
                yield
            finally:
                server.kill()
                server.wait()

    def await_database(self, server: subprocess.Popen[bytes]) -> None:
        """Wait until MariaDB listens."""
        for _ in range(PATIENCE * 5):
            if "ready for connections" in (self.etc / "mariadb.log").read_text(encoding="utf-8"):
                return
            if server.poll() is not None:
                break
            time.sleep(0.2)
        self.failures.append("MariaDB did not start: " + (self.etc / "mariadb.log").read_text(encoding="utf-8")[-TAIL:])

    def schema(self) -> None:
        """Run the commands that make the schemas; without one the following mean nothing."""
        for command in self.orders["schema"]:
            before = len(self.failures)
            started = time.monotonic()
            self.run([str(self.bin / command[0]), *command[1:]], " ".join(command))
            self.seconds[" ".join([command[0], *command[3:]])] = round(time.monotonic() - started, 1)
            if len(self.failures) > before:
                return

    def commands(self) -> None:
        """Run what else the environment must be able to do."""
        for item in self.orders["commands"]:
            argv = item["run"]
            self.run([str(self.bin / argv[0]), *argv[1:]], " ".join(argv), item.get("variables"))

    def servers(self) -> None:
        """Start every API under uWSGI with TLS and ask it once."""
        context = ssl.create_default_context(cafile=str(self.etc / "cert.pem"))
        for number, entry in enumerate(self.orders["wsgi"]):
            port = PORT + number
            command = [str(self.bin / "uwsgi"), "--enable-threads", "--single-interpreter"]
            command += ["--need-app", "--die-on-term", "--module", f"{entry['module']}:application"]
            command += ["--https-socket", f"127.0.0.1:{port},{self.etc}/cert.pem,{self.etc}/key.pem"]
            command += ["--home", self.orders["environment"], "--buffer-size", "65535"]
            if entry.get("arguments"):
                command += ["--pyargv", " ".join(entry["arguments"])]
            log = self.etc / f"{entry['module']}.log"
            with log.open("w", encoding="utf-8") as stream:
                server = subprocess.Popen(
                    command, stdout=stream, stderr=stream, env={**os.environ, **entry.get("variables", {})}
                )
                try:
                    verdict = ask_server(f"https://localhost:{port}{entry['path']}", context, server)
                finally:
                    server.kill()
                    server.wait()
            if verdict:
                tail = log.read_text(encoding="utf-8", errors="replace")[-TAIL:]
                self.failures.append(f"{entry['module']} at {entry['path']}: {verdict}\n{tail}")

    def everything(self) -> dict[str, Any]:
        """Run all parts; give the verdict."""
        self.part("libraries", self.libraries)
        self.part("programs", self.programs)
        self.part("imports", self.imports)
        self.part("files", self.files)
        self.part("commands", self.commands)
        if self.orders["databases"]:
            with self.database():
                if not self.failures:
                    self.part("schema", self.schema)
                if self.orders["wsgi"] and not self.failures:
                    self.part("servers", self.servers)
        return {"failures": self.failures, "seconds": self.seconds}


def ask_server(url: str, context: ssl.SSLContext, server: subprocess.Popen[bytes]) -> str:
    """Ask until the server answers; give what was wrong, or nothing."""
    found = "no answer"
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, context=context, timeout=30):  # noqa: S310 - always https, to localhost
                return ""
        except urllib.error.HTTPError as error:
            return "" if error.code < SERVER_ERROR else f"answered {error.code}"
        except OSError as error:
            found = str(error)
            time.sleep(0.3)
    return found if server.poll() is None else f"uWSGI ended with {server.returncode}"


if __name__ == "__main__":
    print(json.dumps(Check(json.load(sys.stdin)).everything()))
