"""Python: requests-oauthlib, the OAuth 1.0 session over oauthlib."""

import platform
from importlib.metadata import version

from requests import Request
from requests_oauthlib import OAuth1Session
from support import answer, authorize, base, browse, callback, config, credentials_for, initiate, say, step, token

METHODS = ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "RSA-SHA1", "RSA-SHA256", "RSA-SHA512", "PLAINTEXT"]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def session(method="HMAC-SHA1", **more):
    identifier, secret, key = credentials_for(method)
    return OAuth1Session(identifier, client_secret=secret, rsa_key=key, signature_method=method, **more)


def dance(method="HMAC-SHA1", callback_uri=callback, report=lambda name, **line: None):
    asking = session(method, callback_uri=callback_uri)
    temporary = asking.fetch_request_token(initiate)
    report("initiate", credentials=temporary)
    back = browse(asking.authorization_url(authorize))
    same = back["oauth_token"] in (None, temporary["oauth_token"])
    report("authorize", verifier=back["oauth_verifier"], same_token=same)
    if back["callback_url"]:
        asking.parse_authorization_response(back["callback_url"])
        credentials = asking.fetch_access_token(token)
    else:
        credentials = asking.fetch_access_token(token, verifier=back["oauth_verifier"])
    report("token", credentials=credentials)
    return {"resource_owner_key": credentials["oauth_token"], "resource_owner_secret": credentials["oauth_token_secret"]}


def dance_and_get(path, **how):
    granted = dance(**how)
    return answer(session(how.get("method", "HMAC-SHA1"), **granted).get(f"{base}{path}"))


def replayed(client):
    prepared = client.prepare_request(Request("GET", f"{base}/echo/replay"))
    first, second = client.send(prepared), client.send(prepared)
    return {"first": first.status_code} | answer(second)


def main():
    say(about=f"requests-oauthlib {version('requests-oauthlib')}, oauthlib {version('oauthlib')}, "
              f"Python {platform.python_version()}")
    granted = dance(report=lambda name, **line: say(step=name, **line))
    client = session(**granted)
    step("whoami", lambda: answer(client.get(f"{base}/api/whoami")))
    step("query", lambda: answer(client.get(f"{base}/echo/query?{config['query']}")))
    step("query dup", lambda: answer(client.get(f"{base}/echo/query", params=config["twice_pairs"])))
    step("in header", lambda: answer(client.get(f"{base}/echo/header")))
    in_query, in_body = session(signature_type="QUERY", **granted), session(signature_type="BODY", **granted)
    step("in query", lambda: answer(in_query.get(f"{base}/echo/query?a=b")))
    step("in body", lambda: answer(in_body.post(f"{base}/echo/body", data={"a": "b"})))
    step("form", lambda: answer(client.post(f"{base}/echo/form", data=config["pairs"])))
    step("form dup", lambda: answer(client.post(f"{base}/echo/form", data=config["twice"], headers=FORM)))
    json_type = {"Content-Type": "application/json"}
    body = config["json"].encode()
    step("json", lambda: answer(client.post(f"{base}/echo/json", data=body, headers=json_type)))
    step("put", lambda: answer(client.put(f"{base}/echo/put", data=config["pairs"])))
    step("delete", lambda: answer(client.delete(f"{base}/echo/delete?id=7&why=a%20b")))
    step("oob", lambda: dance_and_get("/echo/oob", callback_uri="oob"))
    for method in METHODS:
        step(method, lambda: dance_and_get("/echo/method", method=method))
    step("2-legged", lambda: answer(session().get(f"{base}/echo/two-legged")))
    wrong = session(**granted | {"resource_owner_secret": granted["resource_owner_secret"] + "x"})
    step("tampered", lambda: answer(wrong.get(f"{base}/echo/tampered")))
    step("replay", lambda: replayed(client))


main()
