"""A member of a project makes a stack, changes it, survives a bad change and removes it without a trace."""

import json
import ssl
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

import pytest

PATIENCE = 120
WORD = {"word": {"type": "string"}}
STACK = {
    "heat_template_version": "2021-04-16",
    "parameters": WORD,
    "resources": {
        "secret": {"type": "OS::Heat::RandomString", "properties": {"length": 20}},
        "text": {"type": "OS::Heat::Value", "properties": {"type": "string", "value": {"get_param": "word"}}},
        "handle": {"type": "OS::Heat::WaitConditionHandle"},
        "wait": {
            "type": "OS::Heat::WaitCondition",
            "properties": {"handle": {"get_resource": "handle"}, "timeout": PATIENCE},
        },
        "signed_handle": {"type": "AWS::CloudFormation::WaitConditionHandle"},
        "signed_wait": {
            "type": "AWS::CloudFormation::WaitCondition",
            "properties": {"Handle": {"get_resource": "signed_handle"}, "Timeout": PATIENCE},
        },
    },
    "outputs": {
        "secret": {"value": {"get_attr": ["secret", "value"]}},
        "word": {"value": {"get_attr": ["text", "value"]}},
        "said": {"value": {"get_attr": ["wait", "data"]}},
        "endpoint": {"value": {"get_attr": ["handle", "endpoint"]}},
        "token": {"value": {"get_attr": ["handle", "token"]}},
        "signed_url": {"value": {"get_resource": "signed_handle"}},
    },
}
FAILURE = {"type": "OS::Heat::TestResource", "properties": {"value": "x", "fail": True}, "depends_on": "text"}


@dataclass
class Session:
    """One account's access to the APIs through the public address."""

    context: ssl.SSLContext
    identity: str
    token: str = ""
    project: str = ""
    user: str = ""
    endpoints: dict[str, str] = field(default_factory=dict)

    def ask(self, method, url, body=None, token=None, headers=None):
        """The answer's status and, when it is JSON, its content."""
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self.context)
        )
        data = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", "X-Auth-Token": token or self.token, **(headers or {})}
        request = urllib.request.Request(url, data, sent, method=method)  # noqa: S310 - https, by the context
        try:
            with opener.open(request, timeout=60) as answer:
                return answer.status, decoded(answer), answer.headers
        except urllib.error.HTTPError as error:
            return error.code, decoded(error), error.headers

    def log_in(self, name, password, project):
        user = {"name": name, "domain": {"id": "default"}, "password": password}
        scope = {"project": {"name": project, "domain": {"id": "default"}}}
        identity = {"methods": ["password"], "password": {"user": user}}
        status, body, headers = self.ask(
            "POST", f"{self.identity}/auth/tokens", {"auth": {"identity": identity, "scope": scope}}
        )
        assert status == 201, body
        self.token, self.project = headers["X-Subject-Token"], body["token"]["project"]["id"]
        self.user = body["token"]["user"]["id"]
        for entry in body["token"]["catalog"]:
            for endpoint in entry["endpoints"]:
                if endpoint["interface"] == "public":
                    self.endpoints[entry["type"]] = endpoint["url"]
        return self

    def find(self, kind, **query):
        """Objects of the identity service."""
        asked = "&".join(f"{key}={value}" for key, value in query.items())
        status, body, _ = self.ask("GET", f"{self.identity}/{kind}?{asked}")
        assert status == 200, body
        return body[kind]

    def have(self, kind, **values):
        """The object of that name, made when it is not there."""
        found = self.find(kind, name=values["name"])
        if found:
            return found[0]["id"]
        status, body, _ = self.ask("POST", f"{self.identity}/{kind}", {kind[:-1]: values})
        assert status == 201, body
        return body[kind[:-1]]["id"]

    def heat(self, method, path, body=None):
        status, answer, _ = self.ask(method, f"{self.endpoints['orchestration']}/{path}", body)
        assert status < 300 or status == 404, answer
        return answer if status < 300 else None

    def stack(self, name, *, resolve=True):
        found = self.heat("GET", f"stacks/{name}?resolve_outputs={resolve}")
        return found and found["stack"]

    def settled(self, name, *states):
        """The stack as soon as it is in one of the states; another end is a failure."""
        return wait_for(lambda: self.checked(name, states), f"stack {name} is not {states}")

    def checked(self, name, states):
        found = self.stack(name)
        state = found["stack_status"] if found else "GONE"
        assert state in states or not state.endswith(("_FAILED", "_COMPLETE")) or "UPDATE" in states[0], found
        return (found or state) if state in states else None


def decoded(answer):
    text = answer.read().decode()
    return json.loads(text) if answer.headers.get_content_type() == "application/json" and text else text


def wait_for(look, complaint):
    for _ in range(PATIENCE):
        found = look()
        if found:
            return found
        time.sleep(1)
    raise AssertionError(complaint)


def outputs(stack):
    return {item["output_key"]: item.get("output_value") for item in stack["outputs"]}


@pytest.fixture(scope="module")
def admin(host):
    network = host.ansible.get_variables()["corbel_addresses"]["management"].rsplit(".", 1)[0]
    context = ssl.create_default_context(cadata=host.file("/etc/corbel/tls/ca.pem").content_string)
    session = Session(context, f"https://{network}.11:5000/v3")
    return session.log_in("admin", "molecule-of-the-administrator", "admin")


def somebody(admin, name):
    """Log in as a member of a project of the same name."""
    project = admin.have("projects", name=name)
    user = admin.have("users", name=name, password=name)
    role = admin.find("roles", name="member")[0]["id"]
    admin.ask("PUT", f"{admin.identity}/projects/{project}/users/{user}/roles/{role}")
    return Session(admin.context, admin.identity).log_in(name, name, name)


@pytest.fixture(scope="module")
def member(admin):
    return somebody(admin, "corbel-member")


@pytest.fixture(scope="module")
def made(member):
    """A stack that waited for two signals, each by a way of its own."""
    for earlier in member.heat("GET", "stacks")["stacks"]:
        member.heat("DELETE", f"stacks/{earlier['stack_name']}/{earlier['id']}")
    wait_for(lambda: member.stack("first") is None, "an earlier stack stays")
    member.heat("POST", "stacks", {"stack_name": "first", "template": STACK, "parameters": {"word": "one"}})

    def handles():
        found = outputs(member.stack("first"))
        return found if found["token"] and found["endpoint"] and "Signature" in str(found["signed_url"]) else None

    found = wait_for(handles, "the handles are not there")
    said = {"status": "SUCCESS", "data": "said over HTTP"}
    assert member.ask("POST", found["endpoint"], said, token=found["token"])[0] == 200
    signed = {"Status": "SUCCESS", "Reason": "done", "UniqueId": "1", "Data": "signed"}
    status, body, _ = member.ask("PUT", found["signed_url"], signed, token="none", headers={"Content-Type": ""})
    assert status == 200, body
    return member.settled("first", "CREATE_COMPLETE")


def test_catalogue_has_both_types(member):
    assert member.endpoints["orchestration"].endswith(f":8004/v1/{member.project}")
    assert member.endpoints["cloudformation"].endswith(":8000/v1")


def test_stack_waits_for_its_signals(made):
    found = outputs(made)
    assert len(found["secret"]) == 20
    assert found["word"] == "one"
    assert json.loads(found["said"]) == {"1": "said over HTTP"}


def test_users_of_the_stack_live_in_their_domain(admin, made):
    (domain,) = admin.find("domains", name="heat")
    names = {user["name"] for user in admin.find("users", domain_id=domain["id"])}
    assert "heat_domain_admin" in names
    assert len(names) >= 2
    assert admin.find("projects", domain_id=domain["id"])


def test_update_changes_what_is_asked_for_and_keeps_the_rest(member, made):
    member.heat("PUT", f"stacks/first/{made['id']}", {"template": STACK, "parameters": {"word": "two"}})
    found = outputs(member.settled("first", "UPDATE_COMPLETE"))
    assert (found["word"], found["secret"]) == ("two", outputs(made)["secret"])


def test_failed_update_rolls_back(member, made):
    worse = {**STACK, "resources": {**STACK["resources"], "failure": FAILURE}}
    body = {"template": worse, "parameters": {"word": "three"}, "disable_rollback": False}
    member.heat("PUT", f"stacks/first/{made['id']}", body)
    found = outputs(member.settled("first", "ROLLBACK_COMPLETE"))
    assert (found["word"], found["secret"]) == ("two", outputs(made)["secret"])
    assert "failure" not in str(member.heat("GET", f"stacks/first/{made['id']}/resources"))


def test_others_do_not_see_it(admin, made):
    other = somebody(admin, "corbel-other")
    assert other.heat("GET", "stacks")["stacks"] == []
    foreign = made["links"][0]["href"]
    assert other.ask("GET", foreign)[0] in (403, 404)
    assert other.ask("DELETE", foreign)[0] in (403, 404)


def test_delete_leaves_nothing(admin, member, made):
    member.heat("DELETE", f"stacks/first/{made['id']}")
    wait_for(lambda: member.stack("first") is None, "the stack stays")
    (domain,) = admin.find("domains", name="heat")
    assert {user["name"] for user in admin.find("users", domain_id=domain["id"])} == {"heat_domain_admin"}
    assert admin.find("projects", domain_id=domain["id"]) == []
    status, body, _ = member.ask("GET", f"{member.identity}/OS-TRUST/trusts?trustor_user_id={member.user}")
    assert (status, body["trusts"]) == (200, [])


@pytest.mark.parametrize("unit", ["heat-api", "heat-api-cfn", "heat-engine"])
def test_units_are_in_a_sandbox_and_run_what_is_configured(host, unit):
    rating = host.check_output(f"systemd-analyze security --no-pager {unit}.service | tail -1")
    assert float(rating.split()[-3]) < 3
    host.check_output(f"cmp /etc/corbel/digests/{unit}.service /run/corbel/digests/{unit}.service")


def test_configuration_is_for_the_service_only(host):
    file = host.file("/etc/heat/heat.conf")
    assert (file.user, file.group, file.mode) == ("root", "heat", 0o640)


def test_no_secret_is_in_the_journal(host):
    assert host.run("journalctl --no-pager --grep=molecule-of-").stdout.strip() in ("", "-- No entries --")


def test_nothing_failed(host):
    assert host.check_output("systemctl --failed --no-legend") == ""
