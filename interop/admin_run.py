#!/usr/bin/env python3
"""The administration's API of a server that runs, under schemathesis: run it with interop/.venv/bin/python."""
import argparse
import collections
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
from urllib.parse import parse_qs, urlsplit

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from requests_oauthlib import OAuth1Session
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

SERVER = r" serves (http://\S+)"
SCOPES = [f"{name}:{verb}" for name in ("applications", "accounts", "tokens", "api_keys") for verb in ("read", "write")]
ROOT = "/admin/api/v1"


class Server:
    """A server in a folder, with a key that may do everything."""

    def __init__(self, binary: str, folder: str):
        self.binary, self.folder = os.path.abspath(binary), folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN_")}
        switched_on = {"COUNTERSIGN_ADMIN_API_ENABLED": "true", "COUNTERSIGN_OWN_PAGES_URL": "http://shop.test/login"}
        self.environment = {**kept, **switched_on}
        every = [*SCOPES, "challenges", "audit:read", "usage:read"]
        scopes = [word for scope in every for word in ("--scope", scope)]
        made = json.loads(self.run("api-key", "new", "--json", "--name", "schemathesis", *scopes))
        self.key, self.number = made["api_key"], str(made["number"])
        command = [self.binary, "serve", "--insecure-http", "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, cwd=folder, env=self.environment, stderr=subprocess.PIPE, text=True)
        self.url = self.told()
        self.headers = {"Authorization": f"Bearer {self.key}"}
        self.ask("POST", "/accounts", {"name": "keeper"})

    def run(self, *arguments: str) -> str:
        options = {"cwd": self.folder, "env": self.environment, "text": True, "capture_output": True, "timeout": 60}
        done = subprocess.run([self.binary, *arguments], **options)
        if done.returncode:
            raise AssertionError(f"{arguments}: {done.stderr}")
        return done.stdout

    def told(self) -> str:
        for line in self.process.stderr:
            if match := re.search(SERVER, line):
                return match[1]
        raise AssertionError("the server does not start")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def ask(self, method: str, path: str, body: object = None) -> requests.Response:
        answer = requests.request(method, self.url + ROOT + path, json=body, headers=self.headers, timeout=60)
        answer.raise_for_status()
        return answer

    def real(self, method: str, path: str) -> tuple[dict, dict]:
        """Path parameters that name what is there, in the state in which the operation can be done; and its header fields."""
        if "{client_id}" in path:
            state = {"approve": "pending", "reject": "pending"}.get(path.rsplit("/", 1)[-1])
            new = {"settings": {"name": "Real", "allow_oob": True}, "pending": state == "pending"}
            made = self.ask("POST", "/applications", new)
            application = made.json()["application"]
            named = f"/applications/{application['client_id']}"
            tag = made.headers["ETag"]
            if path.endswith("/resume"):
                tag = self.ask("POST", f"{named}/suspend").headers["ETag"]
            if "{since}" in path:
                self.ask("POST", f"{named}/keys", {})
            parameters = {"client_id": application["client_id"], "since": application["keys"][0]["since"]}
            on_a_revision = method == "PUT" or path.rsplit("/", 1)[-1] in STEPS
            return parameters, {"If-Match": tag} if on_a_revision else {}
        if "{name}" in path:
            name = f"real-{secrets.token_hex(8)}"
            self.ask("POST", "/accounts", {"name": name})
            if path.endswith("/enable"):
                self.ask("POST", f"/accounts/{name}/disable")
            if path.endswith("/identities") and method == "DELETE":
                self.ask("POST", f"/accounts/{name}/identities", {"issuer": ISSUER, "subject": name})
                return {"name": name, "issuer": ISSUER, "subject": name}, {}
            return {"name": name, "session": self.session(name) if "{session}" in path else None}, {}
        if "{number}" in path:
            resource = "/invitations" if "/invitations/" in path else "/api-keys"
            new = {} if resource == "/invitations" else {"name": "Made", "scopes": ["usage:read"]}
            return {"number": self.ask("POST", resource, new).json()["number"]}, {}
        if "{challenge}" in path:
            return {"challenge": self.challenge()}, {}
        if "{token}" in path:
            return {"token": self.ask("POST", "/tokens", self.grant()).json()["token"]}, {}
        return {}, {}

    def challenge(self) -> str:
        """What a client's browser is sent to the operator's pages with."""
        made = self.ask("POST", "/applications", {"settings": {"name": "Real", "allow_oob": True}}).json()
        client = OAuth1Session(made["application"]["client_id"], made["client_secret"], callback_uri="oob")
        temporary = client.fetch_request_token(f"{self.url}/oauth/initiate")["oauth_token"]
        link = f"{self.url}/oauth/authorize"
        sent = requests.get(link, params={"oauth_token": temporary}, allow_redirects=False, timeout=60)
        return parse_qs(urlsplit(sent.headers["Location"]).query)["challenge"][0]

    def session(self, name: str) -> str:
        """Signs an account in, and tells by what the session is named."""
        self.ask("PUT", f"/accounts/{name}/password", {"password": PASSWORD})
        browser = requests.Session()
        page = browser.get(f"{self.url}/login", timeout=60).text
        csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]
        form = {"username": name, "password": PASSWORD, "csrf": csrf, "next": ""}
        browser.post(f"{self.url}/login", data=form, headers={"Origin": self.url}, timeout=60, allow_redirects=False)
        return self.ask("GET", f"/accounts/{name}/sessions").json()["items"][0]["session"]

    def grant(self) -> dict:
        name = f"owner-{secrets.token_hex(8)}"
        self.ask("POST", "/accounts", {"name": name})
        made = self.ask("POST", "/applications", {"settings": {"name": "Real", "allow_oob": True}})
        return {"client_id": made.json()["application"]["client_id"], "owner": name}


class Run:
    """Sends what schemathesis makes of each operation: every other time with names of what is there."""

    def __init__(self, server: Server, examples: int):
        self.server, self.examples = server, examples
        self.seen: dict[str, collections.Counter] = {}
        document = requests.get(f"{server.url}{ROOT}/openapi.json", timeout=60)
        self.schema = schemathesis.openapi.from_dict(document.json())
        self.schema.config.update(base_url=server.url)
        self.schema.validate()
        OpenAPIV31SpecValidator(document.json()).validate()

    def whole(self) -> None:
        for result in self.schema.get_all_operations():
            self.operation(result.ok())

    def operation(self, operation) -> None:
        """First what the document allows, then what it does not."""
        for mode in GenerationMode:
            self.requests(operation, mode)

    def requests(self, operation, mode: GenerationMode) -> None:
        seen = self.seen.setdefault(f"{operation.method.upper():6} {operation.path}", collections.Counter())
        parts = [Phase.explicit, Phase.generate]

        @settings(max_examples=self.examples, deadline=None, phases=parts, database=None, derandomize=True,
                  suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case) -> None:
            if sum(seen.values()) % 2:
                parameters, fields = self.server.real(operation.method.upper(), operation.path)
                wanted = case.path_parameters or {}
                case.path_parameters = {**wanted, **{name: parameters[name] for name in wanted if name in parameters}}
                asked = {name: value for name, value in parameters.items() if name in ("issuer", "subject")}
                case.query = {**(case.query or {}), **asked}
                case.headers = {**(case.headers or {}), **fields}
                if (operation.method.upper(), operation.path) == ("POST", f"{ROOT}/tokens"):
                    case.body = self.server.grant()
                if sum(seen.values()) == 1 and (body := BODIES.get((operation.method.upper(), operation.path))):
                    # With the real key, and without an Idempotency-Key that another creation had before.
                    case.body, case.headers = body, fields
            if operation.path.endswith("/api-keys/{number}") and str(case.path_parameters["number"]) == self.server.number:
                # A key may revoke itself, and nothing could be asked any more.
                case.path_parameters["number"] = 0
            answer = case.call(headers=self.server.headers)
            seen[answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        ask()


STEPS = ("approve", "reject", "suspend", "resume")
# What is made up at random seldom fits: once, each of these gets what does.
ISSUER = "https://id.example.com"
PASSWORD = "correct horse"
SETTINGS = {"name": "Printer", "allow_oob": True, "scopes": ["photos"]}
BODIES = {
    ("POST", f"{ROOT}/applications"): {"settings": SETTINGS},
    ("PUT", f"{ROOT}/applications/{{client_id}}"): SETTINGS,
    ("POST", f"{ROOT}/applications/{{client_id}}/reject"): {"reason": "Say what you do with the photos."},
    ("POST", f"{ROOT}/challenges/{{challenge}}/accept"): {"owner": "customer-4711"},
    ("POST", f"{ROOT}/accounts"): {"name": "printer", "password": PASSWORD},
    ("POST", f"{ROOT}/accounts/{{name}}/identities"): {"issuer": ISSUER, "subject": "248289761001"},
    ("PUT", f"{ROOT}/accounts/{{name}}/password"): {"password": PASSWORD},
    ("POST", f"{ROOT}/invitations"): {"note": "Jane", "days": 7},
    ("POST", f"{ROOT}/api-keys"): {"name": "Backup", "scopes": ["accounts:read"]},
    ("POST", f"{ROOT}/applications/{{client_id}}/transfer"): {"to": "keeper"},
}
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default="target/release/countersign")
    parser.add_argument("--examples", type=int, default=20, help="requests of each kind for each operation")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = Server(arguments.binary, folder)
        try:
            run = Run(server, arguments.examples)
            run.whole()
        finally:
            server.stop()
    failed = 0
    for operation, seen in run.seen.items():
        good = sum(count for status, count in seen.items() if 200 <= status < 300)
        bad = sum(count for status, count in seen.items() if status >= 500)
        failed += bool(bad or not good)
        statuses = " ".join(f"{status}×{count}" for status, count in sorted(seen.items()))
        print(f"{'ok  ' if good and not bad else 'FAIL'} {operation}  {statuses}")
    print(f"{sum(sum(seen.values()) for seen in run.seen.values())} requests, {len(run.seen)} operations")
    print(f"{len(run.seen) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not run.seen else 0


if __name__ == "__main__":
    sys.exit(main())
