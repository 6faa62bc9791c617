#!/usr/bin/env python3
"""Identity JWTs through a rotation, verified by PyJWT against a server that runs: run it with interop/.venv/bin/python."""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

import jwt

from jwt_check import check, client_of, refused, verify

SNIPPET = pathlib.Path(__file__).parent.parent / "docs/src/verify_jwt.py"
ALGORITHMS = ["EdDSA", "ES256"]
ISSUER, AUDIENCE = "https://photos.example.net", "https://photos.internal"


class Place:
    """A folder with a server in it."""

    def __init__(self, binary: str, mint: str, folder: str, algorithm: str):
        self.binary, self.mint, self.folder = os.path.abspath(binary), os.path.abspath(mint), folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN_")}
        self.environment = {**kept, "COUNTERSIGN_IDENTITY_JWT": algorithm, "COUNTERSIGN_PUBLIC_URL": ISSUER}

    def run(self, *command: str) -> str:
        options = {"cwd": self.folder, "env": self.environment, "text": True, "capture_output": True, "timeout": 60}
        done = subprocess.run(command, **options)
        if done.returncode:
            raise AssertionError(f"{command}: {done.stderr}")
        return done.stdout

    def token(self) -> str:
        return self.run(self.mint, AUDIENCE).strip()

    def jwt(self, *arguments: str) -> str:
        return self.run(self.binary, "jwt", *arguments)

    def serve(self) -> subprocess.Popen:
        command = [self.binary, "serve", "--insecure-http", "--listen", "127.0.0.1:0"]
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, stderr=subprocess.PIPE, text=True)


def until(what: str, holds) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.05)


def knows(url: str, token: str) -> bool:
    """To a verifier that has kept nothing."""
    try:
        verify(client_of(url), token, ISSUER, AUDIENCE)
    except jwt.PyJWTError:
        return False
    return True


def snippet(url: str, token: str) -> None:
    """The book's example, as it stands but for where the keys are."""
    book: dict = {}
    exec(SNIPPET.read_text(), book)
    book["keys"] = client_of(url)
    if book["caller"](token)["sub"] != "jane":
        raise AssertionError("the book's example names somebody else")
    head, claims, signature = token.split(".")
    refused("to the book's example, a changed token", lambda: book["caller"](f"{head}.{claims}.{signature[::-1]}"))


def rotation(place: Place, url: str) -> None:
    keys = client_of(url)
    before = place.token()
    snippet(url, before)
    claims = check(keys, before, ISSUER, AUDIENCE)
    if (claims["sub"], claims["client_id"], claims["scope"]) != ("jane", "printer", "photos"):
        raise AssertionError(claims)
    old = jwt.get_unverified_header(before)["kid"]
    waits = json.loads(place.jwt("rotate", "--json"))["kid"]
    if jwt.get_unverified_header(place.token())["kid"] != old:
        raise AssertionError("the new key signs before verifiers know it")
    until("it is published", lambda: waits in [key.key_id for key in client_of(url).get_signing_keys()])
    place.jwt("rotate", "--now")
    after = place.token()
    until("the key that signs is published", lambda: knows(url, after))
    # The verifier of before has kept the old key set: it asks again for a name that it does not know.
    check(keys, after, ISSUER, AUDIENCE)
    check(keys, before, ISSUER, AUDIENCE)
    place.jwt("remove", old)
    until("the removed key is unknown", lambda: not knows(url, before))
    check(client_of(url), after, ISSUER, AUDIENCE)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default="target/release/countersign")
    parser.add_argument("--mint", default="target/release/examples/mint", help="the example that signs a token")
    given = parser.parse_args()
    for algorithm in ALGORITHMS:
        with tempfile.TemporaryDirectory() as folder:
            place = Place(given.binary, given.mint, folder, algorithm)
            server = place.serve()
            try:
                found = (re.search(r" serves (http://\S+)", line) for line in server.stderr)
                address = next((match[1] for match in found if match), None)
                if address is None:
                    raise AssertionError("the server does not start")
                rotation(place, f"{address}/.well-known/jwks.json")
            finally:
                server.kill()
                server.wait()
                server.stderr.close()
        print(f"PyJWT {jwt.__version__}, {algorithm}: before, during and after a rotation")
    print(f"{len(ALGORITHMS)} passed, 0 failed, 0 skipped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
