"""Python: Authlib, once over requests (`OAuth1Session`) and once over httpx (`OAuth1Client`).

HMAC-SHA256 and its like are not built in; they go through `register_signature_method`, Authlib's own
extension point, over the base string that Authlib makes.
"""

import base64
import hashlib
import hmac
import os
import platform
import sys
from importlib.metadata import version

from authlib.oauth1.rfc5849.signature import generate_signature_base_string
from authlib.oauth1.rfc5849.util import escape
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from support import answer, authorize, base, browse, callback, config, credentials_for, initiate, say, step, token

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # plain http on loopback
OVER = sys.argv[1]
if OVER == "requests":
    from authlib.integrations.requests_client import OAuth1Session as Client
    from requests import Request
else:
    from authlib.integrations.httpx_client import OAuth1Client as Client

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BUILT_IN = ["HMAC-SHA1", "RSA-SHA1", "PLAINTEXT"]
REGISTERED = ["HMAC-SHA256", "HMAC-SHA512", "RSA-SHA256", "RSA-SHA512"]


def sign_hmac(digest):
    def sign(client, request):
        key = f"{escape(client.client_secret or '')}&{escape(client.token_secret or '')}"
        made = hmac.new(key.encode(), generate_signature_base_string(request).encode(), digest)
        return base64.b64encode(made.digest()).decode()
    return sign


def sign_rsa(digest):
    def sign(client, request):
        key = load_pem_private_key(client.rsa_key.encode(), password=None)
        made = key.sign(generate_signature_base_string(request).encode(), padding.PKCS1v15(), digest)
        return base64.b64encode(made).decode()
    return sign


def register():
    for bits, plain, strong in ((256, hashlib.sha256, hashes.SHA256()), (512, hashlib.sha512, hashes.SHA512())):
        Client.auth_class.register_signature_method(f"HMAC-SHA{bits}", sign_hmac(plain))
        Client.auth_class.register_signature_method(f"RSA-SHA{bits}", sign_rsa(strong))


def session(method="HMAC-SHA1", **more):
    identifier, secret, key = credentials_for(method)
    return Client(identifier, client_secret=secret, rsa_key=key, signature_method=method, **more)


def dance(method="HMAC-SHA1", redirect_uri=callback, report=lambda name, **line: None):
    asking = session(method, redirect_uri=redirect_uri)
    temporary = asking.fetch_request_token(initiate)
    report("initiate", credentials=temporary)
    back = browse(asking.create_authorization_url(authorize, temporary["oauth_token"]))
    same = back["oauth_token"] in (None, temporary["oauth_token"])
    report("authorize", verifier=back["oauth_verifier"], same_token=same)
    if back["callback_url"]:
        asking.parse_authorization_response(back["callback_url"])
        credentials = asking.fetch_access_token(token)
    else:
        credentials = asking.fetch_access_token(token, verifier=back["oauth_verifier"])
    report("token", credentials=credentials)
    return {"token": credentials["oauth_token"], "token_secret": credentials["oauth_token_secret"]}


def dance_and_get(path, **how):
    granted = dance(**how)
    return answer(session(how.get("method", "HMAC-SHA1"), **granted).get(f"{base}{path}"))


def post_json(client, granted):
    body, headers = config["json"].encode(), {"Content-Type": "application/json"}
    if OVER == "requests":
        return answer(client.post(f"{base}/echo/json", data=body, headers=headers))
    return answer(session(force_include_body=True, **granted).post(f"{base}/echo/json", content=body, headers=headers))


def replayed(client):
    url = f"{base}/echo/replay"
    if OVER == "requests":
        prepared = client.prepare_request(Request("GET", url, auth=client.auth))
        first, second = client.send(prepared), client.send(prepared)
    else:
        prepared = next(client.auth.auth_flow(client.build_request("GET", url)))
        first, second = client.send(prepared, auth=None), client.send(prepared, auth=None)
    return {"first": first.status_code} | answer(second)


def main():
    register()
    say(about=f"Authlib {version('Authlib')} over {OVER} {version(OVER)}, Python {platform.python_version()}")
    granted = dance(report=lambda name, **line: say(step=name, **line))
    client = session(**granted)
    raw = {"data": config["twice"]} if OVER == "requests" else {"content": config["twice"]}
    step("whoami", lambda: answer(client.get(f"{base}/api/whoami")))
    step("query", lambda: answer(client.get(f"{base}/echo/query?{config['query']}")))
    step("query dup", lambda: answer(client.get(f"{base}/echo/query?{config['twice']}")))
    step("in header", lambda: answer(client.get(f"{base}/echo/header")))
    in_query, in_body = session(signature_type="QUERY", **granted), session(signature_type="BODY", **granted)
    step("in query", lambda: answer(in_query.get(f"{base}/echo/query?a=b")))
    step("in body", lambda: answer(in_body.post(f"{base}/echo/body", data={"a": "b"})))
    step("form", lambda: answer(client.post(f"{base}/echo/form", data=dict(config["pairs"]))))
    step("form dup", lambda: answer(client.post(f"{base}/echo/form", headers=FORM, **raw)))
    step("json", lambda: post_json(client, granted), None if OVER == "requests" else
         "without force_include_body=True the httpx client drops a body that is no form")
    step("put", lambda: answer(client.put(f"{base}/echo/put", data=dict(config["pairs"]))))
    step("delete", lambda: answer(client.delete(f"{base}/echo/delete?id=7&why=a%20b")))
    step("oob", lambda: dance_and_get("/echo/oob", redirect_uri="oob"))
    for method in BUILT_IN:
        step(method, lambda: dance_and_get("/echo/method", method=method))
    for method in REGISTERED:
        step(method, lambda: dance_and_get("/echo/method", method=method),
             "not built in; signed by a few lines given to register_signature_method")
    step("2-legged", lambda: answer(session().get(f"{base}/echo/two-legged")))
    wrong = session(**granted | {"token_secret": granted["token_secret"] + "x"})
    step("tampered", lambda: answer(wrong.get(f"{base}/echo/tampered")))
    step("replay", lambda: replayed(client))


main()
