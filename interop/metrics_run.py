#!/usr/bin/env python3
"""/metrics of a server that runs, read by Prometheus's own client library: run it with interop/.venv/bin/python."""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request

import requests
from prometheus_client.parser import text_string_to_metric_families
from requests_oauthlib import OAuth1

SERVER, METRICS = r" serves (http://\S+)", r"metrics are served at (http://\S+/metrics)"


class Server:
    """A server in a folder, with a client that may call it."""

    def __init__(self, binary: str, folder: str):
        self.binary, self.folder = os.path.abspath(binary), folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN_")}
        self.environment = {**kept, "COUNTERSIGN_METRICS_LISTEN": "127.0.0.1:0", "COUNTERSIGN_RATE_CLIENT": "1"}
        self.environment["COUNTERSIGN_RATE_CLIENT_BURST"] = "50"
        added = self.run("client", "add", "--json", "--name", "Printer", "--allow-oob", "--two-legged")
        self.client = json.loads(added)
        command = [self.binary, "serve", "--insecure-http", "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(command, cwd=folder, env=self.environment, stderr=subprocess.PIPE, text=True)
        self.url, self.metrics = self.told()

    def run(self, *arguments: str) -> str:
        options = {"cwd": self.folder, "env": self.environment, "text": True, "capture_output": True, "timeout": 60}
        done = subprocess.run([self.binary, *arguments], **options)
        if done.returncode:
            raise AssertionError(f"{arguments}: {done.stderr}")
        return done.stdout

    def told(self) -> tuple[str, str]:
        found = {}
        for line in self.process.stderr:
            for name, pattern in (("url", SERVER), ("metrics", METRICS)):
                if match := re.search(pattern, line):
                    found[name] = match[1]
            if len(found) == 2:
                return found["url"], found["metrics"]
        raise AssertionError("the server does not start")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stderr.close()

    def signed(self, secret: str | None = None, callback: str | None = None) -> OAuth1:
        return OAuth1(self.client["client_id"], client_secret=secret or self.client["client_secret"], callback_uri=callback)


def requests_of(server: Server) -> collections.Counter:
    """Sends some of every kind; how many ended with which status."""
    sent = collections.Counter()

    def send(method: str, path: str, **options) -> requests.Response:
        answer = requests.request(method, server.url + path, timeout=60, allow_redirects=False, **options)
        sent[str(answer.status_code)] += 1
        return answer

    for _ in range(40):
        send("GET", "/api/whoami", auth=server.signed())
    for _ in range(7):
        send("GET", "/api/whoami", auth=server.signed(secret="a guess"))
    for _ in range(5):
        send("POST", "/oauth/initiate", auth=server.signed(callback="oob"))
    once = requests.Request("GET", f"{server.url}/api/whoami", auth=server.signed()).prepare()
    for _ in range(3):
        send("GET", "/api/whoami", headers={"Authorization": once.headers["Authorization"]})
    for _ in range(10):
        send("GET", "/api/whoami", auth=server.signed())
    for path in ["/", "/login", "/healthz", "/readyz", "/nowhere", "/help/nonce_used", "/oauth/token", "/" + "x" * 17000]:
        send("GET", path)
    return sent


def families_of(server: Server) -> dict:
    with urllib.request.urlopen(server.metrics, timeout=60) as answer:
        text = answer.read().decode()
    for private in (server.client["client_id"], server.client["client_secret"], "Printer"):
        if private in text:
            raise AssertionError(f"{private} is in the metrics")
    return {family.name: family for family in text_string_to_metric_families(text)}


def total(family, **labels: str) -> float:
    counts = [sample for sample in family.samples if sample.name.endswith(("_total", "_count"))]
    return sum(one.value for one in counts if all(one.labels.get(name) == value for name, value in labels.items()))


CHECKED = []


def check(told: float, expected: float, what: str) -> None:
    if told != expected:
        raise AssertionError(f"{what}: {told}, but {expected} expected")
    CHECKED.append(what)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default="target/release/countersign")
    with tempfile.TemporaryDirectory() as folder:
        server = Server(parser.parse_args().binary, folder)
        try:
            sent = requests_of(server)
            families = families_of(server)
        finally:
            server.stop()
    answers, all_sent = families["countersign_requests"], sum(sent.values())
    check(total(answers), all_sent, "the sum of outcomes is the number of requests")
    for status, count in sent.items():
        check(total(answers, status=status), count, f"answers with {status}")
    for problem, count in {"signature_invalid": 7, "nonce_used": 2, "rate_limited": sent["429"]}.items():
        check(total(answers, problem=problem), count, problem)
    check(sent["429"] > 0, True, "a client that calls too often")
    check(total(families["countersign_request_seconds"]), all_sent, "each has a latency")
    for family in families.values():
        print(f"{family.type:9} {family.name}: {len(family.samples)} samples")
    print(f"{all_sent} requests, {int(total(answers))} outcomes, {len(answers.samples)} series")
    print(f"{len(CHECKED)} passed, 0 failed, 0 skipped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
