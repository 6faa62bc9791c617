"""Starts `countersign serve` on a free loopback port and registers what the clients need."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

OWNER = "alice"
PASSWORD = "correct horse battery staple"
READY_WITHIN = 60  # seconds
STARTS = 3  # another process may take the port between our probe and the server's bind


class Server:
    """One server process with its own database in `folder`; a context manager."""

    def __init__(self, binary: Path, folder: Path):
        self.binary, self.folder = binary.resolve(), folder
        self.database = f"sqlite:{folder / 'interop.db'}"
        self.log_path = folder / "server.log"
        self.base = ""
        self.process: subprocess.Popen | None = None

    def __enter__(self) -> "Server":
        for attempt in range(1, STARTS + 1):
            try:
                self._start()
                return self
            except RuntimeError:
                self.stop()
                if attempt == STARTS:
                    raise
        raise AssertionError("unreachable")

    def __exit__(self, *_: object) -> None:
        self.stop()

    def add_owner(self) -> None:
        self._command("user", "add", OWNER, "--password-stdin", stdin=PASSWORD + "\n")

    def add_client(self, name: str, *more: str) -> dict[str, str]:
        """Registers a client; answers its identifier and, unless it has a key, its secret."""
        printed = self._command(
            "client", "add", "--name", name, "--callback", "http://127.0.0.1/callback",
            "--allow-oob", "--two-legged", "--scope", "photos", "--scope", "print", *more, "--json",
        )
        answer = json.loads(printed)
        return {"id": answer["client_id"], "secret": answer.get("client_secret") or ""}

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def log_tail(self, lines: int = 40) -> str:
        if not self.log_path.exists():
            return ""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])

    def _start(self) -> None:
        port = free_port()
        self.base = f"http://127.0.0.1:{port}"
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    self.binary, "serve", "--listen", f"127.0.0.1:{port}", "--public-url", self.base,
                    "--insecure-http", "--allow-plaintext", "--echo", "--database", self.database,
                ],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=self._environment(),
            )
        deadline = time.monotonic() + READY_WITHIN
        while not self._ready():
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"the server was not ready in {READY_WITHIN} s\n{self.log_tail()}")
            time.sleep(0.05)

    def _ready(self) -> bool:
        try:
            with direct_opener().open(f"{self.base}/readyz", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def _command(self, *arguments: str, stdin: str = "") -> str:
        done = subprocess.run(
            [self.binary, *arguments, "--database", self.database],
            cwd=self.folder, input=stdin, capture_output=True, text=True, timeout=60,
            env=self._environment(),
        )
        if done.returncode != 0:
            raise RuntimeError(f"countersign {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return done.stdout

    def _environment(self) -> dict[str, str]:
        """The caller's, without settings meant for another server, and with a home of its own."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("COUNTERSIGN_")}
        return kept | {"HOME": str(self.folder)}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def direct_opener() -> urllib.request.OpenerDirector:
    """An opener that ignores the proxies of the environment: everything here is on loopback."""
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
