#!/usr/bin/env python3
"""Other people's OAuth 1.0a clients against a built `countersign`: every client, every step, one table.

    python3 interop/run.py --binary target/release/countersign [--client NAME]... [--allow-missing]

Install the clients first: `interop/setup.sh`. Standard library only.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from harness.browser import Browser, BrowserService
from harness.clients import CLIENTS, Client
from harness.server import OWNER, PASSWORD, Server
from harness.steps import HARD, HARD_PAIRS, JSON_BODY, STEPS, TWICE, TWICE_PAIRS, judge
from harness.table import closing_line, print_reasons, print_table

CLIENT_WITHIN = 120  # seconds for all steps of one client


def main() -> int:
    arguments = parse_arguments()
    chosen = [c for c in CLIENTS if not arguments.client or c.name in arguments.client]
    missing = [c for c in chosen if not c.installed()]
    for client in missing:
        print(f"NOT INSTALLED: {client.name} (run interop/setup.sh)", file=sys.stderr)
    if missing and not arguments.allow_missing:
        print("some clients are not installed; --allow-missing runs the others", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="countersign-interop-") as folder:
        try:
            results = run_all(arguments, Path(folder), chosen, missing)
        except (RuntimeError, subprocess.SubprocessError) as error:
            print(f"the run could not be prepared: {error}", file=sys.stderr)
            return 1
    print()
    print_table(STEPS, results)
    print_reasons(results)
    for client in missing:
        print(f"\nSKIPPED, NOT INSTALLED: {client.name}")
    line, failed = closing_line(results)
    print(f"\n{line}")
    return 1 if failed or not any(c not in missing for c in chosen) else 0


def parse_arguments() -> argparse.Namespace:
    names = [client.name for client in CLIENTS]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=Path, required=True, help="the countersign to run")
    parser.add_argument("--client", action="append", choices=names, metavar="NAME", help=", ".join(names))
    parser.add_argument("--allow-missing", action="store_true", help="skip clients that are not installed")
    parser.add_argument("--show-log", action="store_true", help="print the end of the server's log on failure")
    arguments = parser.parse_args()
    if not arguments.binary.is_file():
        parser.error(f"no such file: {arguments.binary}")
    return arguments


def run_all(arguments: argparse.Namespace, folder: Path, chosen: list[Client], missing: list[Client]) -> dict:
    private, public = rsa_keys(folder)
    with Server(arguments.binary, folder) as server:
        server.add_owner()
        with BrowserService(Browser(server.base, OWNER, PASSWORD)) as browser:
            results = {}
            for client in chosen:
                if client in missing:
                    results[client.name] = {step: ("missing", "not installed") for step in STEPS}
                    continue
                config = {
                    "base": server.base,
                    "browser": browser.url,
                    "callback": f"{browser.url}/callback",
                    "client": server.add_client(client.name),
                    "rsa": server.add_client(f"{client.name} with a key", "--rsa-public-key", str(public))
                    | {"private_key_file": str(private)},
                    "query": HARD, "pairs": HARD_PAIRS, "twice": TWICE, "twice_pairs": TWICE_PAIRS,
                    "json": JSON_BODY,
                }
                results[client.name] = run_client(client, config, folder)
        if arguments.show_log and closing_line(results)[1]:
            print(server.log_tail(), file=sys.stderr)
    return results


def run_client(client: Client, config: dict, folder: Path) -> dict[str, tuple[str, str]]:
    printed, complaint = start_client(client, config, folder)
    verdicts: dict[str, tuple[str, str]] = {}
    for text in printed.splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            complaint += f" unexpected output: {text}"
            continue
        if "about" in line:
            print(f"{client.name}: {line['about']}", flush=True)
            continue
        step = line.get("step")
        if step not in STEPS or step in verdicts:
            complaint += f" unexpected report: {text}"
        elif "na" in line:
            verdicts[step] = ("n/a", line["na"])
        elif wrong := judge(step, line, config["client"], config["rsa"], OWNER):
            verdicts[step] = ("failed", wrong)
        else:
            verdicts[step] = ("noted", line["note"]) if line.get("note") else ("passed", "")
    never = ("failed", f"not reported.{complaint}")
    return {step: verdicts.get(step, never) for step in STEPS}


def start_client(client: Client, config: dict, folder: Path) -> tuple[str, str]:
    """What the client printed on standard output, and what went wrong with the process itself."""
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    try:
        done = subprocess.run(
            client.command, input=json.dumps(config), cwd=folder, env=environment,
            capture_output=True, text=True, timeout=CLIENT_WITHIN,
        )
    except subprocess.TimeoutExpired as late:
        output = late.stdout or b""
        return output.decode(errors="replace") if isinstance(output, bytes) else output, f" no end in {CLIENT_WITHIN} s"
    if done.returncode != 0:
        return done.stdout, f" exit code {done.returncode}: {done.stderr[-2000:]}"
    return done.stdout, ""


def rsa_keys(folder: Path) -> tuple[Path, Path]:
    private, public = folder / "client.key", folder / "client.pub"
    make = ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", private]
    subprocess.run(make, check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", private, "-pubout", "-out", public], check=True, capture_output=True)
    return private, public


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server and the folder go as well
    sys.exit(main())
