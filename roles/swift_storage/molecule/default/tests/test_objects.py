"""Objects as owners, administrators and plain users put, read, copy and delete them."""

import json
import time

import pytest

testinfra_hosts = ["ansible://controller"]
SHOP = "/v1/AUTH_shop"


@pytest.fixture(scope="module")
def owner(user):
    return user("shop:owner")


def test_account_container_and_object(ask, owner):
    assert ask("PUT", f"{SHOP}/basket", owner)[0] in (201, 202)
    assert ask("PUT", f"{SHOP}/basket/apple", {**owner, "X-Object-Meta-Colour": "red"}, "an apple")[0] == 201
    status, headers, text = ask("GET", f"{SHOP}/basket/apple", owner)
    assert (status, text, headers["x-object-meta-colour"]) == (200, "an apple", "red")
    assert ask("PUT", f"{SHOP}/basket/copy", {**owner, "X-Copy-From": "/basket/apple"})[0] == 201
    assert ask("COPY", f"{SHOP}/basket/apple", {**owner, "Destination": "basket/other"})[0] == 201
    listing = json.loads(ask("GET", f"{SHOP}/basket?format=json", owner)[2])
    assert [entry["name"] for entry in listing] == ["apple", "copy", "other"]
    for name in ("apple", "copy", "other"):
        assert ask("DELETE", f"{SHOP}/basket/{name}", owner)[0] == 204
    assert ask("GET", f"{SHOP}/basket/apple", owner)[0] == 404
    assert ask("DELETE", f"{SHOP}/basket", owner)[0] == 204


@pytest.mark.parametrize("policy", ["standard", "three", "pair", "fast", "coded"])
def test_policies(ask, owner, policy):
    path = f"{SHOP}/with-{policy}"
    assert ask("PUT", path, {**owner, "X-Storage-Policy": policy})[0] in (201, 202)
    assert ask("HEAD", path, owner)[1]["x-storage-policy"] == {"three": "standard"}.get(policy, policy)
    assert ask("PUT", f"{path}/one", owner, 300_000)[0] == 201
    status, _, text = ask("GET", f"{path}/one", owner)
    assert (status, len(text)) == (200, 300_000)
    assert text.encode("latin-1") == bytes(i * 7 % 251 for i in range(300_000))


def test_a_deprecated_policy_takes_no_new_containers(ask, owner):
    assert ask("PUT", f"{SHOP}/old", {**owner, "X-Storage-Policy": "former"})[0] == 400


def test_a_plain_user_makes_no_container_and_uses_what_a_list_gives(ask, owner, user):
    clerk = user("shop:clerk")
    assert ask("PUT", f"{SHOP}/clerks", clerk)[0] == 403
    assert ask("PUT", f"{SHOP}/shared", owner)[0] in (201, 202)
    assert ask("PUT", f"{SHOP}/shared/note", owner, "read me")[0] == 201
    copying = {**clerk, "Destination": "shared/other"}
    for method, path in (("GET", "/note"), ("HEAD", "/note"), ("DELETE", "/note"), ("GET", "")):
        assert ask(method, f"{SHOP}/shared{path}", clerk)[0] == 403
    assert ask("COPY", f"{SHOP}/shared/note", copying)[0] == 403
    assert ask("POST", f"{SHOP}/shared", {**owner, "X-Container-Read": "shop:clerk"})[0] == 204
    assert ask("GET", f"{SHOP}/shared/note", clerk)[2] == "read me"
    assert [entry["name"] for entry in json.loads(ask("GET", f"{SHOP}/shared?format=json", clerk)[2])] == ["note"]
    assert ask("PUT", f"{SHOP}/shared/other", clerk, "no")[0] == 403
    assert ask("COPY", f"{SHOP}/shared/note", copying)[0] == 403
    assert ask("DELETE", f"{SHOP}/shared/note", clerk)[0] == 403
    assert ask("POST", f"{SHOP}/shared", {**owner, "X-Container-Write": "shop:clerk"})[0] == 204
    assert ask("PUT", f"{SHOP}/shared/other", clerk, "yes")[0] == 201
    assert ask("COPY", f"{SHOP}/shared/note", copying)[0] == 201
    assert ask("GET", f"{SHOP}/shared/other", clerk)[2] == "read me"
    assert ask("DELETE", f"{SHOP}/shared/other", clerk)[0] == 204


def test_a_token_is_known_to_every_proxy(host, ask, user):
    headers = user("shop:owner")
    # Another proxy has a cache that never heard of the token; so has this one then.
    host.check_output("systemctl restart memcached")
    assert ask("HEAD", SHOP, headers)[0] == 204


def test_nobody_gets_nothing(ask):
    assert ask("GET", SHOP)[0] == 401
    assert ask("GET", "/auth/v1.0", {"X-Auth-User": "shop:owner", "X-Auth-Key": "wrong"})[0] == 401


def test_a_reseller_administrator_works_in_every_account(ask, user):
    admin = user("admin:admin")
    assert ask("PUT", f"{SHOP}/by-admin", admin)[0] in (201, 202)
    assert ask("PUT", f"{SHOP}/by-admin/one", admin, "by the administrator")[0] == 201
    assert ask("GET", f"{SHOP}/by-admin/one", admin)[::2] == [200, "by the administrator"]
    assert ask("COPY", f"{SHOP}/by-admin/one", {**admin, "Destination": "by-admin/two"})[0] == 201
    listing = json.loads(ask("GET", f"{SHOP}/by-admin?format=json", admin)[2])
    assert [entry["name"] for entry in listing] == ["one", "two"]
    for name in ("one", "two"):
        assert ask("DELETE", f"{SHOP}/by-admin/{name}", admin)[0] == 204
    assert ask("DELETE", f"{SHOP}/by-admin", admin)[0] == 204


def test_objects_larger_than_one_piece_go_in_segments(ask, owner):
    size = 700_000
    for name in ("large", "large-pieces"):
        assert ask("PUT", f"{SHOP}/{name}", owner)[0] in (201, 202)
    assert ask("PUT", f"{SHOP}/large/too-large", owner, 1_048_577)[0] == 413
    for number in range(2):
        assert ask("PUT", f"{SHOP}/large-pieces/part-{number}", owner, size)[0] == 201
    manifest = json.dumps([{"path": f"/large-pieces/part-{number}"} for number in range(2)])
    assert ask("PUT", f"{SHOP}/large/static?multipart-manifest=put", owner, manifest)[0] == 201
    assert ask("PUT", f"{SHOP}/large/dynamic", {**owner, "X-Object-Manifest": "large-pieces/part-"}, "")[0] == 201
    for name in ("static", "dynamic"):
        status, headers, _ = ask("HEAD", f"{SHOP}/large/{name}", owner)
        assert (status, headers["content-length"]) == (200, str(2 * size))
        status, _, text = ask("GET", f"{SHOP}/large/{name}", {**owner, "Range": f"bytes={size - 5}-{size + 4}"})
        piece = bytes(i * 7 % 251 for i in range(size))
        assert (status, text.encode("latin-1")) == (206, piece[-5:] + piece[:5])


def test_older_versions_come_back(ask, owner):
    assert ask("PUT", f"{SHOP}/kept", {**owner, "X-Versions-Enabled": "true"})[0] in (201, 202)
    for text in ("first", "second"):
        assert ask("PUT", f"{SHOP}/kept/page", owner, text)[0] == 201
    versions = json.loads(ask("GET", f"{SHOP}/kept?versions&format=json", owner)[2])
    assert len(versions) >= 2
    oldest = versions[-1]["version_id"]
    assert ask("GET", f"{SHOP}/kept/page?version-id={oldest}", owner)[2] == "first"


def test_a_temporary_address_needs_no_token(host, ask, owner):
    ask("PUT", f"{SHOP}/lent", owner)
    ask("PUT", f"{SHOP}/lent/book", owner, "a book")
    assert ask("POST", SHOP, {**owner, "X-Account-Meta-Temp-URL-Key": "secret"})[0] == 204
    script = (
        "import hashlib, hmac, time; expires = int(time.time()) + 600; path = '/v1/AUTH_shop/lent/book'; "
        "text = f'GET\\n{expires}\\n{path}'.encode(); sign = hmac.new(b'secret', text, hashlib.sha256).hexdigest(); "
        "print(f'{path}?temp_url_sig={sign}&temp_url_expires={expires}')"
    )
    address = host.check_output("python3 -c %s", script)
    assert ask("GET", address)[::2] == [200, "a book"]
    assert ask("GET", address.replace("temp_url_sig=", "temp_url_sig=0"))[0] == 401


def test_a_static_site_is_served_to_everyone(ask, owner):
    read = {"X-Container-Read": ".r:*,.rlistings", "X-Container-Meta-Web-Index": "index.html"}
    ask("PUT", f"{SHOP}/site", {**owner, **read})
    ask("PUT", f"{SHOP}/site/index.html", {**owner, "Content-Type": "text/html"}, "<p>hello")
    assert ask("GET", f"{SHOP}/site/")[2] == "<p>hello"


def test_quotas_hold(ask, owner):
    ask("PUT", f"{SHOP}/small", {**owner, "X-Container-Meta-Quota-Bytes": "10"})
    assert ask("PUT", f"{SHOP}/small/much", owner, "more than ten bytes")[0] == 413


def test_browsers_are_answered(ask, owner):
    ask("PUT", f"{SHOP}/open", {**owner, "X-Container-Meta-Access-Control-Allow-Origin": "https://shop.example.com"})
    asked = {"Origin": "https://shop.example.com", "Access-Control-Request-Method": "GET"}
    status, headers, _ = ask("OPTIONS", f"{SHOP}/open/x", asked)
    assert (status, headers["access-control-allow-origin"]) == (200, "https://shop.example.com")
    assert ask("OPTIONS", f"{SHOP}/open/x", {**asked, "Origin": "https://other.example.com"})[0] == 401


def test_many_are_deleted_at_once(ask, owner):
    ask("PUT", f"{SHOP}/many", owner)
    for number in range(3):
        ask("PUT", f"{SHOP}/many/{number}", owner, "x")
    headers = {**owner, "Content-Type": "text/plain", "Accept": "application/json"}
    text = ask("POST", f"{SHOP}?bulk-delete", headers, "".join(f"/many/{number}\n" for number in range(3)))[2]
    assert json.loads(text)["Number Deleted"] == 3


def test_objects_expire(ask, owner):
    ask("PUT", f"{SHOP}/brief", owner)
    assert ask("PUT", f"{SHOP}/brief/note", {**owner, "X-Delete-After": "1"}, "gone soon")[0] == 201
    # Clients miss it at once; from the list it goes with the object, when an expirer comes by.
    end = time.monotonic() + 180
    while json.loads(ask("GET", f"{SHOP}/brief?format=json", owner)[2]) and time.monotonic() < end:
        time.sleep(3)
    assert json.loads(ask("GET", f"{SHOP}/brief?format=json", owner)[2]) == []
    assert ask("GET", f"{SHOP}/brief/note", owner)[0] == 404
    assert ask("DELETE", f"{SHOP}/brief", owner)[0] == 204


def test_what_the_cluster_can_is_told(ask):
    told = json.loads(ask("GET", "/info")[2])
    assert {"slo", "staticweb", "tempurl", "bulk_delete", "object_versioning", "s3api", "symlink"} <= set(told)
    assert [(one["name"], one.get("default")) for one in told["swift"]["policies"]] == [
        ("standard", True),
        ("pair", None),
        ("fast", None),
        ("coded", None),
    ]


def test_clients_of_s3_are_answered(host):
    script = """
import boto3, os
from botocore.config import Config
client = boto3.client(
    "s3",
    endpoint_url=f"https://{os.environ['ADDRESS']}:8080",
    region_name="RegionOne",
    verify="/etc/corbel/tls/ca.pem",
    aws_access_key_id="shop:owner",
    aws_secret_access_key="molecule-of-the-owner",
    config=Config(s3={"addressing_style": "path"}),
)
client.create_bucket(Bucket="bucket")
client.put_object(Bucket="bucket", Key="key", Body=b"by s3")
print(client.get_object(Bucket="bucket", Key="key")["Body"].read().decode())
print(client.list_objects(Bucket="bucket")["Contents"][0]["Key"])
"""
    python = host.check_output("ls -d /opt/corbel/releases/*/control/bin/python")
    address = host.ansible.get_variables()["corbel_addresses"]["management"]
    assert host.check_output(f"ADDRESS={address} {python} -W ignore -c %s", script).split("\n") == ["by s3", "key"]
