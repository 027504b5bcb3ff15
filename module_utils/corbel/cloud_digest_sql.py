"""Schemas, rights and the rows that a deployment writes, without ids and times, which no two clouds share."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

Rows = list[list[str]]
Ask = Callable[[str], Rows]

COLUMNS = """
SELECT table_schema, table_name, column_name, column_type, is_nullable, IFNULL(column_default, '-'), extra,
  IFNULL(collation_name, '-')
FROM information_schema.columns
WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
"""
INDEXES = """
SELECT table_schema, table_name, 'index', index_name, non_unique, seq_in_index, column_name
FROM information_schema.statistics
WHERE table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
"""
# Names of constraints that the server makes up are left to the columns they join.
FOREIGN_KEYS = """
SELECT table_schema, table_name, 'key', column_name, referenced_table_name, referenced_column_name
FROM information_schema.key_column_usage
WHERE referenced_table_name IS NOT NULL
  AND table_schema NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys')
"""
ACCOUNTS = "SELECT User, Host FROM mysql.global_priv"
VERSION_TABLES = """
SELECT table_schema, table_name FROM information_schema.tables WHERE table_name LIKE 'alembic\\_version%'
"""
MARKERS = "SELECT table_schema FROM information_schema.tables WHERE table_name = 'corbel_schema'"
IDENTITY = {
    "role": "SELECT name, domain_id = '<<null>>' FROM keystone.role",
    "project": """
        SELECT p.name, IFNULL(d.name, '-'), p.enabled FROM keystone.project p
        LEFT JOIN keystone.project d ON d.id = p.domain_id WHERE p.id <> '<<keystone.domain.root>>'""",
    "user": """
        SELECT l.name, d.name, u.enabled FROM keystone.local_user l JOIN keystone.user u ON u.id = l.user_id
        JOIN keystone.project d ON d.id = l.domain_id""",
    "service": "SELECT type, JSON_VALUE(extra, '$.name'), enabled FROM keystone.service",
    "endpoint": """
        SELECT s.type, e.interface, e.region_id, e.url, e.enabled FROM keystone.endpoint e
        JOIN keystone.service s ON s.id = e.service_id""",
    "assignment": """
        SELECT a.type, IFNULL(l.name, '-'), IFNULL(p.name, '-'), r.name, a.inherited FROM keystone.assignment a
        LEFT JOIN keystone.local_user l ON l.user_id = a.actor_id LEFT JOIN keystone.project p ON p.id = a.target_id
        JOIN keystone.role r ON r.id = a.role_id""",
    "system_assignment": """
        SELECT a.type, IFNULL(l.name, '-'), a.target_id, r.name FROM keystone.system_assignment a
        LEFT JOIN keystone.local_user l ON l.user_id = a.actor_id JOIN keystone.role r ON r.id = a.role_id""",
    "implied_role": """
        SELECT a.name, b.name FROM keystone.implied_role i JOIN keystone.role a ON a.id = i.prior_role_id
        JOIN keystone.role b ON b.id = i.implied_role_id""",
}
ROWS = {
    "cell": """
        SELECT name, SHA2(transport_url, 256), SHA2(database_connection, 256), disabled FROM nova_api.cell_mappings""",
    "mapped_host": "SELECT host FROM nova_api.host_mappings",
    "hypervisor": "SELECT host, hypervisor_type FROM nova.compute_nodes WHERE deleted = 0",
    "resource_provider": "SELECT name FROM placement.resource_providers",
    "metadata_namespace": "SELECT namespace FROM glance.metadef_namespaces",
    "volume_type": "SELECT name FROM cinder.volume_types WHERE deleted = 0",
}


def read(ask: Ask) -> dict[str, dict[str, str]]:
    """Everything of the databases, by part."""
    return {
        "schema": schemas(ask),
        "grant": grants(ask),
        "identity": table(ask, IDENTITY),
        "row": table(ask, ROWS),
    }


def schemas(ask: Ask) -> dict[str, str]:
    """Each table in few letters, and which revision each database says it has."""
    lines: dict[str, list[str]] = {}
    for query in (COLUMNS, INDEXES, FOREIGN_KEYS):
        for row in ask(query):
            lines.setdefault(f"{row[0]}.{row[1]}", []).append("\t".join(row[2:]))
    found = {name: hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()[:16] for name, rows in lines.items()}
    for schema, name in ask(VERSION_TABLES):
        revisions = ask(f"SELECT version_num FROM `{schema}`.`{name}`")  # noqa: S608  names that the server gave
        found[f"{schema}.{name} revision"] = " ".join(sorted(row[0] for row in revisions))
    for (schema,) in ask(MARKERS):
        for row in ask(f"SELECT service, release_id FROM `{schema}`.corbel_schema"):  # noqa: S608  as above
            found[f"{schema} migrated for {row[0]}"] = row[1]
    return found


def grants(ask: Ask) -> dict[str, str]:
    """The rights of every account; the line with the password as a digest, as a secret it is."""
    found = {}
    for user, where in ask(ACCOUNTS):
        rows = ask(f"SHOW GRANTS FOR '{user}'@'{where}'")
        text = "\n".join(sorted(row[0] for row in rows))
        found[f"{user}@{where}"] = f"{len(rows)} grants {hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return found


def table(ask: Ask, queries: dict[str, str]) -> dict[str, str]:
    """Rows as keys, with how often each is there: a row made twice is a difference too."""
    found: dict[str, int] = {}
    for kind, query in queries.items():
        for row in ask(query):
            key = f"{kind} {' '.join(row)}"
            found[key] = found.get(key, 0) + 1
    return {key: str(count) for key, count in found.items()}
