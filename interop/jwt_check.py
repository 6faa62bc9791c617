#!/usr/bin/env python3
"""Verifies identity JWTs as an upstream would: PyJWT, against the published keys (a URL, or a file with the key set)."""
import argparse
import base64
import hashlib
import hmac
import json
import pathlib
import sys

import jwt

ALGORITHMS = ["EdDSA", "ES256"]


class FromFile(jwt.PyJWKClient):
    """A key set that was saved; PyJWT itself fetches over http alone."""

    def __init__(self, path: str):
        super().__init__("http://localhost/", cooldown_duration=0)
        self.path = pathlib.Path(path)

    def fetch_data(self) -> dict:
        return json.loads(self.path.read_text())


def client_of(place: str) -> jwt.PyJWKClient:
    """Of a verifier that asks again as soon as it meets a name that it does not know; by default it waits for 30 s."""
    return jwt.PyJWKClient(place, cooldown_duration=0) if "://" in place else FromFile(place)


def verify(keys: jwt.PyJWKClient, token: str, issuer: str, audience: str) -> dict:
    """The claims; raises jwt.PyJWTError for a token that does not count."""
    key = keys.get_signing_key_from_jwt(token)
    required = ["iss", "sub", "aud", "iat", "exp", "jti", "client_id"]
    # The algorithm is the key's own: what the token says of itself decides nothing.
    return jwt.decode(
        token, key.key, algorithms=[key.algorithm_name], issuer=issuer, audience=audience, options={"require": required}
    )


def part(value: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forgeries(keys: jwt.PyJWKClient, token: str, claims: dict):
    """What an attacker would try who has a token and the public keys."""
    head = jwt.get_unverified_header(token)
    signed, signature = token.rsplit(".", 1)
    changed = part({**claims, "sub": "root"})
    yield "changed claims", ".".join([signed.split(".")[0], changed, signature])
    yield "alg none", ".".join([part({**head, "alg": "none"}), changed, ""])
    yield "no signature", signed + "."
    public = keys.get_signing_key_from_jwt(token).key
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    secret = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    confused = part({**head, "alg": "HS256"}) + "." + changed
    mac = base64.urlsafe_b64encode(hmac.digest(secret, confused.encode(), hashlib.sha256)).rstrip(b"=").decode()
    yield "alg confusion", confused + "." + mac


def check(keys: jwt.PyJWKClient, token: str, issuer: str, audience: str) -> dict:
    """Verifies a token, and that nothing made from it counts."""
    head = jwt.get_unverified_header(token)
    if head["alg"] not in ALGORITHMS or head.get("typ") != "JWT":
        raise AssertionError(f"unexpected head {head}")
    claims = verify(keys, token, issuer, audience)
    refused("another audience", lambda: verify(keys, token, issuer, audience + ".evil.example"))
    refused("another issuer", lambda: verify(keys, token, issuer + ".evil.example", audience))
    for what, forged in forgeries(keys, token, claims):
        refused(what, lambda forged=forged: verify(keys, forged, issuer, audience))
    return claims


def refused(what: str, attempt) -> None:
    try:
        attempt()
    except jwt.PyJWTError:
        return
    raise AssertionError(f"accepted: {what}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("keys", help="URL or file of the key set")
    parser.add_argument("tokens", nargs="+", metavar="TOKEN")
    parser.add_argument("--issuer", required=True)
    parser.add_argument("--audience", required=True)
    given = parser.parse_args()
    keys = client_of(given.keys)
    for token in given.tokens:
        try:
            print(json.dumps(check(keys, token, given.issuer, given.audience), sort_keys=True))
        except (jwt.PyJWTError, AssertionError) as error:
            print(f"jwt_check: {type(error).__name__}: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
