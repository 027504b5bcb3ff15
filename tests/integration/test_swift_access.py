"""Who may do what with objects when Keystone decides: operators, resellers, plain users, clients of S3."""

from __future__ import annotations

import json
import secrets
import shlex
from collections.abc import Callable, Iterator
from typing import Any

import pytest

testinfra_hosts = ["ansible://swift"]
S3 = """
import boto3, json, os, sys
from botocore.config import Config
given = json.load(sys.stdin)
client = boto3.client(
    "s3", endpoint_url=given["url"], region_name="RegionOne", verify="/etc/corbel/tls/ca.pem",
    aws_access_key_id=given["access"], aws_secret_access_key=given["secret"],
    config=Config(s3={"addressing_style": "path"}),
)
client.create_bucket(Bucket=given["bucket"])
client.put_object(Bucket=given["bucket"], Key="key", Body=b"by s3")
print(client.get_object(Bucket=given["bucket"], Key="key")["Body"].read().decode())
client.delete_object(Bucket=given["bucket"], Key="key")
client.delete_bucket(Bucket=given["bucket"])
"""


@pytest.fixture(autouse=True)
def with_keystone(services: list[str], hostvars: dict[str, dict[str, Any]]) -> None:
    """Pass over clouds without object storage, and those where Keystone does not decide."""
    if "swift" not in services:
        pytest.skip("corbel_services has no swift")
    if any(own.get("swift_auth") == "tempauth" for own in hostvars.values()):
        pytest.skip("tempauth")


class Member:
    """A user of one project, with the roles that were given."""

    def __init__(self, api: Any, name: str, project: Any, roles: list[str]) -> None:
        from openstack import connection

        self.password = secrets.token_hex(16)
        self.project = project
        self.user = api.identity.create_user(name=name, password=self.password, domain_id=project.domain_id)
        for role in roles:
            api.identity.assign_project_role_to_user(project, self.user, api.identity.find_role(role))
        auth = {
            "auth_url": api.config.get_auth_args()["auth_url"],
            "username": name,
            "password": self.password,
            "project_id": project.id,
            "user_domain_id": project.domain_id,
        }
        cacert = api.config.get_requests_verify_args()[0]
        self.api = connection.Connection(auth=auth, region_name=api.config.region_name, cacert=cacert)

    def ask(self, method: str, url: str, headers: dict[str, str] | None = None, body: str | None = None) -> Any:
        """One request with this user's token."""
        return self.api.session.request(url, method, headers=headers or {}, data=body, raise_exc=False)


@pytest.fixture
def projects(api: Any) -> Iterator[list[Any]]:
    """Two projects that are gone afterwards."""
    made = [api.identity.create_project(name=f"corbel-test-{secrets.token_hex(4)}") for _ in range(2)]
    yield made
    for project in made:
        api.identity.delete_project(project)


@pytest.fixture
def member(api: Any, projects: list[Any]) -> Iterator[Callable[..., Member]]:
    """Users that are gone afterwards."""
    made: list[Member] = []

    def make(project: Any, *roles: str) -> Member:
        made.append(Member(api, f"corbel-test-{secrets.token_hex(4)}", project, list(roles)))
        return made[-1]

    yield make
    for one in made:
        api.identity.delete_user(one.user)


@pytest.fixture
def operator(projects: list[Any], member: Callable[..., Member]) -> Member:
    # `member` is what Keystone asks of a user who makes credentials for S3.
    return member(projects[0], "swiftoperator", "member")


@pytest.fixture
def account(operator: Member) -> Iterator[str]:
    """Address of the operator's account; what is in it goes with the test."""
    url = str(operator.api.object_store.get_endpoint())
    yield url
    for container in operator.ask("GET", f"{url}?format=json").json():
        within = f"{url}/{container['name']}"
        for entry in operator.ask("GET", f"{within}?format=json").json():
            operator.ask("DELETE", f"{within}/{entry['name']}")
        operator.ask("DELETE", within)


def test_an_operator_puts_reads_copies_lists_and_deletes(operator: Member, account: str) -> None:
    assert operator.ask("PUT", f"{account}/basket").status_code == 201
    assert operator.ask("PUT", f"{account}/basket/apple", {}, "an apple").status_code == 201
    assert operator.ask("COPY", f"{account}/basket/apple", {"Destination": "basket/other"}).status_code == 201
    assert operator.ask("GET", f"{account}/basket/other").text == "an apple"
    listing = operator.ask("GET", f"{account}/basket?format=json").json()
    assert [entry["name"] for entry in listing] == ["apple", "other"]
    for name in ("apple", "other"):
        assert operator.ask("DELETE", f"{account}/basket/{name}").status_code == 204
    assert operator.ask("GET", f"{account}/basket/apple").status_code == 404
    assert operator.ask("DELETE", f"{account}/basket").status_code == 204


def test_a_plain_user_makes_no_container_and_uses_what_a_list_gives(
    projects: list[Any], member: Callable[..., Member], operator: Member, account: str
) -> None:
    plain = member(projects[0], "member")
    note = f"{account}/shared/note"
    assert plain.ask("PUT", f"{account}/own").status_code == 403
    assert operator.ask("PUT", f"{account}/shared").status_code == 201
    assert operator.ask("PUT", note, {}, "read me").status_code == 201
    assert plain.ask("GET", note).status_code == 403
    who = f"{projects[0].id}:{plain.user.id}"
    assert operator.ask("POST", f"{account}/shared", {"X-Container-Read": who}).status_code == 204
    assert plain.ask("GET", note).text == "read me"
    assert plain.ask("PUT", f"{account}/shared/other", {}, "no").status_code == 403
    assert operator.ask("POST", f"{account}/shared", {"X-Container-Write": who}).status_code == 204
    assert plain.ask("PUT", f"{account}/shared/other", {}, "yes").status_code == 201


def test_an_operator_of_another_project_gets_nothing(
    projects: list[Any], member: Callable[..., Member], operator: Member, account: str
) -> None:
    assert operator.ask("PUT", f"{account}/shared").status_code == 201
    assert member(projects[1], "swiftoperator").ask("GET", f"{account}/shared").status_code == 403


def test_a_reseller_administrator_works_in_every_account(
    projects: list[Any], member: Callable[..., Member], operator: Member, account: str
) -> None:
    reseller = member(projects[1], "ResellerAdmin")
    assert reseller.ask("PUT", f"{account}/by-admin").status_code == 201
    assert operator.ask("GET", f"{account}/by-admin").status_code in (200, 204)


def test_a_file_larger_than_a_segment_is_uploaded_and_read_back(host: Any, operator: Member, account: str) -> None:
    """With the client that people use."""
    auth = {
        "OS_AUTH_URL": operator.api.config.get_auth_args()["auth_url"],
        "OS_USERNAME": operator.user.name,
        "OS_PASSWORD": operator.password,
        "OS_PROJECT_ID": operator.project.id,
        "OS_USER_DOMAIN_ID": operator.project.domain_id,
        "OS_IDENTITY_API_VERSION": "3",
        "OS_CACERT": "/etc/corbel/tls/ca.pem",
    }
    names = " ".join(auth)
    client = host.check_output("ls -d /opt/corbel/releases/*/control/bin/swift").split()[-1]
    script = (
        f"set -e; umask 077; cd $(mktemp -d); trap 'rm -rf $PWD' EXIT; read -r {names}; export {names}; "
        "head -c 3145728 /dev/urandom >file; "
        f"{client} upload --segment-size 1048576 --use-slo large file >/dev/null; "
        f"{client} download --output back large file >/dev/null; cmp file back"
    )
    done = host.run(f"printf '%s\\n' {shlex.quote(' '.join(auth.values()))} | bash -c {shlex.quote(script)}")
    assert done.rc == 0, done.stderr
    pieces = operator.ask("GET", f"{account}/large/file?multipart-manifest=get").json()
    assert [piece["bytes"] for piece in pieces] == [1 << 20] * 3


def test_clients_of_s3_use_credentials_of_keystone(
    host: Any, api: Any, hostvars: dict[str, dict[str, Any]], operator: Member, account: str
) -> None:
    if not any(own.get("swift_s3") for own in hostvars.values()):
        pytest.skip("swift_s3 is off")
    asked = operator.api.identity.post(
        f"/users/{operator.user.id}/credentials/OS-EC2", json={"tenant_id": operator.project.id}
    )
    assert asked.status_code == 201, asked.text
    made = asked.json()["credential"]
    given = {"url": account.partition("/v1")[0], "bucket": f"corbel-{secrets.token_hex(4)}"} | {
        key: made[key] for key in ("access", "secret")
    }
    python = host.check_output("ls -d /opt/corbel/releases/*/control/bin/python").split()
    command = f"printf %s {shlex.quote(json.dumps(given))} | {python[-1]} -W ignore -c {shlex.quote(S3)}"
    assert host.check_output(command) == "by s3"
