"""The steps each client reports, the hard values it sends, and the judgement of what came back."""

import json

# Raw text and what it means. `+` and `%20` both stand for a space (RFC 5849 §3.4.1.3.1).
HARD = "empty=&path=a%2Fb&plus=1%2B1&space=a+b&tilde=~&title=x%20y&utf8=%E2%98%83%C3%A9"
HARD_PAIRS = [
    ["empty", ""], ["path", "a/b"], ["plus", "1+1"], ["space", "a b"], ["tilde", "~"], ["title", "x y"],
    ["utf8", "\u2603\u00e9"],
]
TWICE = "dup=two&dup=one&single=1&dup=a%2Bb"
TWICE_PAIRS = [["dup", "two"], ["dup", "one"], ["single", "1"], ["dup", "a+b"]]
JSON_BODY = '{"caption": "caf\u00e9 + tea", "a": "b=c&d"}'

METHODS = ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "RSA-SHA1", "RSA-SHA256", "RSA-SHA512", "PLAINTEXT"]

STEPS = {
    "initiate": "temporary credentials",
    "authorize": "sign-in and consent, back at the callback",
    "token": "token credentials",
    "whoami": "GET /api/whoami with the token",
    "query": "GET: spaces, +, UTF-8, ~, %2F and an empty value in the query",
    "query dup": "GET: the same key several times in the query",
    "in header": "credentials in the Authorization header",
    "in query": "credentials in the query",
    "in body": "credentials in a form body",
    "form": "POST of a form with the values of `query`",
    "form dup": "POST of a form with the same key several times",
    "json": "POST of JSON",
    "put": "PUT of the same form",
    "delete": "DELETE with a query",
    "oob": "the whole dance with callback `oob`",
    **{method: f"the whole dance and a GET, signed with {method}" for method in METHODS},
    "2-legged": "GET without a token",
    "tampered": "a wrong token secret is refused: signature_invalid",
    "replay": "the same request again is refused: nonce_used",
}

_SENT = {
    "query": HARD_PAIRS, "form": HARD_PAIRS, "put": HARD_PAIRS,
    "query dup": TWICE_PAIRS, "form dup": TWICE_PAIRS,
    "delete": [["id", "7"], ["why", "a b"]],
}
_SOURCE = {"in header": "header", "in query": "query", "in body": "body"}
_VERB = {"query": "GET", "form": "POST", "json": "POST", "put": "PUT", "delete": "DELETE"}


def judge(step: str, line: dict, client: dict, rsa_client: dict, owner: str) -> str:
    """What is wrong with the report of one step; empty if nothing is."""
    if "error" in line:
        return line["error"]
    if step in ("initiate", "token"):
        return _judge_credentials(step, line.get("credentials") or {})
    if step == "authorize":
        return "" if line.get("verifier") and line.get("same_token") else f"no verifier or another token: {line}"
    if step in ("tampered", "replay"):
        return _judge_refusal(step, line)
    if line.get("status") != 200:
        return f"status {line.get('status')}: {line.get('body')}"
    try:
        seen = json.loads(line["body"])
    except ValueError:
        return f"not JSON: {line['body']}"
    expected = rsa_client if step.startswith("RSA-") else client
    if seen.get("client") != expected["id"]:
        return f"verified as {seen.get('client')!r}, not {expected['id']!r}"
    if seen.get("resource_owner") != (None if step == "2-legged" else owner):
        return f"for the resource owner {seen.get('resource_owner')!r}"
    return "" if step == "whoami" else _judge_echo(step, line, seen)


def _judge_credentials(step: str, credentials: dict) -> str:
    if not credentials.get("oauth_token") or not credentials.get("oauth_token_secret"):
        return f"incomplete credentials: {credentials}"
    if step == "initiate" and credentials.get("oauth_callback_confirmed", "true") != "true":
        return f"oauth_callback_confirmed is {credentials['oauth_callback_confirmed']!r}"
    return ""


def _judge_refusal(step: str, line: dict) -> str:
    wanted = {"tampered": "signature_invalid", "replay": "nonce_used"}[step]
    if step == "replay" and line.get("first") != 200:
        return f"the first request was refused: {line}"
    if line.get("status") != 401 or wanted not in str(line.get("body")):
        return f"not refused with 401 {wanted}: {line.get('status')} {line.get('body')}"
    return ""


def _judge_echo(step: str, line: dict, seen: dict) -> str:
    if step in METHODS and seen.get("signature_method") != step:
        return f"verified with {seen.get('signature_method')!r}"
    verb = _VERB.get(step.removesuffix(" dup"), "")
    if verb and seen.get("method") != verb:
        return f"seen as {seen.get('method')!r}"
    parameters = seen.get("parameters", [])
    if step in _SENT:
        got = sorted([p["name"], p["value"]] for p in parameters if not p["name"].startswith("oauth_"))
        if got != sorted(_SENT[step]):
            return f"verified parameters {got}, sent {sorted(_SENT[step])}"
    if step in _SOURCE:  # the echo lists what stood in query and body; what it does not list was in the header
        sources = {p["source"] for p in parameters if p["name"] == "oauth_consumer_key"} or {"header"}
        if sources != {_SOURCE[step]}:
            return f"credentials were seen in {sources}"
    if step == "json" and seen.get("body") != JSON_BODY:
        return f"the body arrived as {seen.get('body')!r}"
    return ""
