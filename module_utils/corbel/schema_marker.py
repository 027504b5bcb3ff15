"""Which release's schema a database has, and how the commands that change it are run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from ansible.module_utils.corbel.plan_change import Change

CREATE = (
    "CREATE TABLE IF NOT EXISTS corbel_schema ("
    "service VARCHAR(64) NOT NULL PRIMARY KEY, release_id VARCHAR(128) NOT NULL, applied_at DATETIME NOT NULL)"
)
SELECT = "SELECT release_id FROM corbel_schema WHERE service = %s"
RECORD = "REPLACE INTO corbel_schema (service, release_id, applied_at) VALUES (%s, %s, UTC_TIMESTAMP())"

NO_SUCH_TABLE = 1146
UNKNOWN_DATABASE = 1049
DENIED = (1044, 1045, 1698)
# No connection, connection lost, too many connections, deadlock, lock wait, Galera node not ready or refusing.
TRANSIENT = frozenset({2002, 2003, 2006, 2013, 1040, 1047, 1205, 1213})

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SHOWN_LINES = 15
# Values of variables so named are no secret by themselves; every other value is kept out of messages.
HARMLESS_NAME = re.compile(r"(NAME|_ID|_URL|_URI|_FILES?|_DIR|_DIRS|PATH|REGION|HOME|LANG)$")
PASSWORD_IN_URL = re.compile(r"(://[^\s:/@]*):\S*@")


class SchemaError(Exception):
    """The databases cannot be brought to the release; the message says what mends it."""


def error_code(error: BaseException) -> int | None:
    """The server's or client's error number that a PyMySQL exception carries."""
    code = error.args[0] if error.args else None
    return code if isinstance(code, int) else None


def connection_arguments(params: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments for pymysql.connect."""
    arguments = {
        "user": params["login_user"],
        "password": params["login_password"] or "",
        "database": params["database"],
        "connect_timeout": params["timeout"],
        "read_timeout": params["timeout"],
        "write_timeout": params["timeout"],
        "autocommit": True,
    }
    if params["login_unix_socket"]:
        return {**arguments, "unix_socket": params["login_unix_socket"]}
    arguments |= {"host": params["host"], "port": params["port"]}
    if params["ca_file"]:
        arguments |= {"ssl_ca": params["ca_file"], "ssl_verify_cert": True, "ssl_verify_identity": True}
    elif not is_loopback(params["host"]):
        raise SchemaError(
            f"the database server is '{params['host']}' and ca_file is empty; a server that is not on this host is "
            "reached over TLS only: set ca_file to the certificate authority of its certificate"
        )
    return arguments


def is_loopback(host: str) -> bool:
    """Whether a connection to the host stays on this machine."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def explain(error: BaseException, params: Mapping[str, Any]) -> str:
    """A sentence for an exception of the database client."""
    where = params["login_unix_socket"] or f"{params['host']}:{params['port']}"
    code = error_code(error)
    detail = str(error.args[1] if code is not None and len(error.args) > 1 else error)
    account = params["login_user"]
    if code in DENIED:
        return (
            f"the database server at {where} refuses the account '{account}' on '{params['database']}' ({detail}); "
            "it is made together with the database: run the play for this service again, or correct login_password"
        )
    if code == UNKNOWN_DATABASE:
        return (
            f"the database server at {where} has no database '{params['database']}'; "
            "it is made by the database step of this service: run its play without limiting it to the schema"
        )
    return (
        f"the database server at {where} does not answer as account '{account}' ({detail}); "
        "look at mariadb.service and haproxy.service there, and at ca_file"
    )


class Marker:
    """Reads and writes the release that one service recorded in its database."""

    def __init__(
        self,
        connect: Callable[[], Any],
        errors: tuple[type[Exception], ...],
        service: str,
        pause: Callable[[], None] = lambda: None,
        retries: int = 0,
    ) -> None:
        self._connect = connect
        self._errors = errors
        self._service = service
        self._pause = pause
        self._retries = retries

    def read(self) -> str | None:
        """The release recorded, or None when there is no record yet."""

        def query(cursor: Any) -> str | None:
            cursor.execute(SELECT, (self._service,))
            row = cursor.fetchone()
            return str(row[0]) if row else None

        try:
            return self._repeat(query)
        except self._errors as error:
            if error_code(error) == NO_SUCH_TABLE:
                return None
            raise

    def write(self, release: str) -> None:
        """Record a release."""

        def query(cursor: Any) -> None:
            cursor.execute(CREATE)
            cursor.execute(RECORD, (self._service, release))

        self._repeat(query)

    def _repeat(self, query: Callable[[Any], Any]) -> Any:
        """Run a query on a connection of its own: a migration outlives the idle time that proxies allow."""
        for left in range(self._retries, -1, -1):
            try:
                connection = self._connect()
                try:
                    with connection.cursor() as cursor:
                        return query(cursor)
                finally:
                    connection.close()
            except self._errors as error:
                if left == 0 or error_code(error) not in TRANSIENT:
                    raise
            self._pause()
        return None


def command_line(command: Sequence[str], user: str, group: str, program: str, as_is: bool) -> list[str]:
    """Argument list that runs a command as a user; `as_is` when this process already is that user."""
    arguments = [program, *command[1:]]
    if as_is:
        return arguments
    return ["setpriv", f"--reuid={user}", f"--regid={group}", "--init-groups", "--", *arguments]


def command_environment(directory: str, search_path: str, environment: Mapping[str, Any]) -> dict[str, str]:
    """Environment of the commands; what is given wins."""
    path = f"{search_path}:{SYSTEM_PATH}" if search_path else SYSTEM_PATH
    fixed = {"PATH": path, "HOME": directory, "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
    return fixed | {str(key): str(value) for key, value in environment.items()}


def secret_values(environment: Mapping[str, Any]) -> set[str]:
    """Values of an environment that no message may show."""
    return {
        str(value)
        for name, value in environment.items()
        if str(value) and (PASSWORD_IN_URL.search(str(value)) or not HARMLESS_NAME.search(str(name)))
    }


def redact(text: str, secrets: Iterable[str]) -> str:
    """The text without the given values and without passwords inside URLs."""
    for secret in sorted((value for value in secrets if value), key=len, reverse=True):
        text = text.replace(secret, "***")
    return PASSWORD_IN_URL.sub(r"\1:***@", text)


def last_lines(stdout: str, stderr: str, count: int = SHOWN_LINES) -> str:
    """What a failed command said last; its error output first of all."""
    said = [line.rstrip() for line in (stderr.strip() or stdout.strip()).splitlines() if line.strip()]
    return "\n".join(said[-count:])


def failure(command: Sequence[str], code: int, output: str, service: str) -> str:
    """The message for a command that failed."""
    return (
        f"the schema command '{' '.join(command)}' of {service} ended with status {code} and 0 was expected; "
        "nothing was recorded, so the next run starts from the first command again. Its last lines:\n"
        f"{output or '(it printed nothing)'}"
    )


def summary(service: str, database: str, previous: str | None, release: str) -> str:
    """What changes, in words."""
    return f"schema of {service} in database {database}: from {previous or 'none'} to {release}"


def plan_change(service: str, database: str, previous: str | None, release: str) -> Change:
    """The same for the plan."""
    return Change("schema", f"{service} in {database}", "migrate", f"from {previous or 'none'} to {release}")
