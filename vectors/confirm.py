#!/usr/bin/env python3
"""Confirms every case marked `oauthlib` with the Python library oauthlib, step by step.

Takes no arguments. Prints one line per failing case and a closing `N passed, N failed, N skipped` line; a case
without the mark is skipped. Exits with 1 if a case failed, with 2 if oauthlib is not installed.
"""

import sys
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urlsplit

try:
    from oauthlib.oauth1.rfc5849 import signature as steps
    from oauthlib.oauth1.rfc5849.endpoints.base import BaseEndpoint
    from oauthlib.oauth1.rfc5849.errors import OAuth1Error
    from oauthlib.oauth1.rfc5849.utils import escape
except ImportError as error:
    print(f"confirm.py needs oauthlib: pip install 'oauthlib[signedtoken]' ({error})", file=sys.stderr)
    sys.exit(2)

ROOT = Path(__file__).resolve().parent
FORM = "application/x-www-form-urlencoded"


def fields(path):
    """Reads `key: value` lines; a value may be empty."""
    pairs = (line.partition(":") for line in path.read_text(encoding="utf-8").splitlines())
    return {key: value.strip() for key, _, value in pairs}


def exact(path):
    """Reads a step whose every byte counts; `None` if the case does not have it."""
    return path.read_bytes().decode("ascii") if path.exists() else None


def parse_request(raw):
    """Splits a request into method, target, headers (names in lower case) and body."""
    head, _, body = raw.partition(b"\n\n")
    first, *lines = head.decode("utf-8").split("\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return method, target, headers, body


def compare(step, expected, got, problems):
    if expected is not None and expected != got:
        problems.append(f"{step}: expected {expected!r}, oauthlib has {got!r}")


def check_encode(folder, problems):
    tokens = (folder / "input.txt").read_text(encoding="ascii").split()
    text = "".join(chr(int(token.removeprefix("U+"), 16)) for token in tokens)
    compare("encoded.txt", exact(folder / "encoded.txt"), escape(text), problems)


def check_signature(folder, case, request, problems):
    """Lets oauthlib judge signature.txt, and lets it sign where the key is a shared secret."""
    keys, method, expected = fields(folder / "keys.txt"), case["signature_method"], exact(folder / "signature.txt")
    client, token = unquote(keys.get("client_secret", "")), unquote(keys.get("token_secret", ""))
    verify = getattr(steps, "verify_" + method.lower().replace("-", "_"))
    request.signature = expected
    if method.startswith("RSA-"):
        accepted = verify(request, (ROOT / "keys" / f"{keys['public_key']}.pem").read_text(encoding="ascii"))
    else:
        accepted = verify(request, client, token)
    if accepted != (case["expect"] == "accept"):
        problems.append(f"signature.txt: expected {case['expect']}, oauthlib says {accepted}")
    if case["expect"] == "accept" and method.startswith("HMAC-"):
        sign = getattr(steps, f"sign_{method.lower().replace('-', '_')}_with_client")
        secrets = SimpleNamespace(client_secret=client, resource_owner_secret=token)
        compare("signature.txt", expected, sign(exact(folder / "base.txt"), secrets), problems)


def check_raw(folder, case, problems):
    """Verifies the signature of a given text: oauthlib's check is given that text in place of a base string."""
    original, text = steps.signature_base_string, exact(folder / "base.txt")
    steps.signature_base_string = lambda *_: text
    try:
        blank = SimpleNamespace(params=[], uri="http://example.com/", http_method="GET")
        check_signature(folder, case, blank, problems)
    finally:
        steps.signature_base_string = original


def check_request(folder, case, problems):
    method, target, headers, body = parse_request((folder / "request.http").read_bytes())
    uri = target if "://" in target else f"{case['scheme']}://{headers['host']}{target}"
    form = headers.get("content-type", "").partition(";")[0].strip().lower() == FORM
    authorization = headers.get("authorization")
    compare("authorization.txt", exact(folder / "authorization.txt"), authorization, problems)
    params = steps.collect_parameters(
        uri_query=urlsplit(uri).query,
        body=body.decode("ascii") if form else None,
        headers={"Authorization": authorization} if authorization else None,
    )
    lines = (folder / "params.txt").read_text(encoding="ascii").splitlines()
    listed = [line.partition(" ")[2] for line in lines]
    compare("params.txt", listed, sorted((f"{escape(name)}={escape(value)}" for name, value in params),
                                         key=lambda pair: pair.partition("=")[::2]), problems)
    normalized = steps.normalize_parameters(params)
    compare("normalized.txt", exact(folder / "normalized.txt"), normalized, problems)
    base_uri = steps.base_string_uri(uri)
    compare("base_uri.txt", exact(folder / "base_uri.txt"), base_uri, problems)
    base = steps.signature_base_string(method, base_uri, normalized)
    compare("base.txt", exact(folder / "base.txt"), base, problems)
    if (folder / "signature.txt").exists():
        check_signature(folder, case, SimpleNamespace(params=params, uri=uri, http_method=method), problems)


def check_malformed(folder, case, problems):
    """Expects that oauthlib refuses the request before any signature is looked at."""
    method, target, headers, body = parse_request((folder / "request.http").read_bytes())
    uri = f"{case['scheme']}://{headers['host']}{target}"
    kept = {name.title(): value for name, value in headers.items() if name == "authorization"}
    try:
        BaseEndpoint(None)._create_request(uri, method, body.decode("ascii"), kept)
    except (OAuth1Error, ValueError):
        return
    problems.append("request.http: oauthlib reads it")


def check(folder):
    """Returns what oauthlib sees otherwise in one case: an empty list confirms it."""
    case, problems = fields(folder / "case.txt"), []
    try:
        if case["kind"] == "encode":
            check_encode(folder, problems)
        elif case["kind"] == "raw":
            check_raw(folder, case, problems)
        elif case.get("malformed") == "yes":
            check_malformed(folder, case, problems)
        else:
            check_request(folder, case, problems)
    except Exception as error:  # oauthlib refuses some requests with an exception: no confirmation either
        problems.append(f"{type(error).__name__}: {error}")
    return problems


def main():
    passed = failed = skipped = 0
    for path in sorted(ROOT.glob("*/case.txt")):
        if not any(mark.strip().startswith("oauthlib") for mark in fields(path)["confirmed"].split(";")):
            skipped += 1
            continue
        problems = check(path.parent)
        if problems:
            failed += 1
            print(f"{path.parent.name}: {'; '.join(problems)}")
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
