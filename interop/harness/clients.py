"""Which clients there are, how each is started, and how to tell that it is installed."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
SCRIPTS = HERE / "clients"
VENV_PYTHON = str(HERE / ".venv" / "bin" / "python")
RUST = str(HERE / "rust" / "target" / "release" / "interop-oauth1-request")


@dataclass(frozen=True)
class Client:
    language: str
    library: str
    command: list[str]
    probe: list[str]

    @property
    def name(self) -> str:
        return f"{self.language}-{self.library}"

    def installed(self) -> bool:
        if shutil.which(self.probe[0]) is None:
            return False
        return subprocess.run(self.probe, cwd=HERE, capture_output=True, timeout=60).returncode == 0


def python(library: str, script: str, module: str, *arguments: str) -> Client:
    command = [VENV_PYTHON, str(SCRIPTS / script), *arguments]
    return Client("python", library, command, [VENV_PYTHON, "-c", f"import {module}"])


def node(library: str, script: str, package: str) -> Client:
    probe = ["node", "-e", f"require.resolve({package!r})"]
    return Client("node", library, ["node", str(SCRIPTS / script)], probe)


CLIENTS = [
    python("requests-oauthlib", "python_requests_oauthlib.py", "requests_oauthlib"),
    python("authlib-requests", "python_authlib.py", "authlib.integrations.requests_client", "requests"),
    python("authlib-httpx", "python_authlib.py", "authlib.integrations.httpx_client", "httpx"),
    node("oauth-1.0a", "node_oauth_1_0a.mjs", "oauth-1.0a"),
    node("oauth", "node_oauth.mjs", "oauth"),
    Client("ruby", "oauth", ["ruby", str(SCRIPTS / "ruby_oauth.rb")], ["ruby", "-e", "require 'oauth'"]),
    Client(
        "perl", "net-oauth", ["perl", str(SCRIPTS / "perl_net_oauth.pl")],
        ["perl", "-MNet::OAuth", "-MLWP::UserAgent", "-MCrypt::OpenSSL::RSA", "-e", "1"],
    ),
    Client(
        "php", "oauth", ["php", str(SCRIPTS / "php_oauth.php")],
        ["php", "-r", "exit(class_exists('OAuth') ? 0 : 1);"],
    ),
    Client("rust", "oauth1-request", [RUST], [RUST, "--version"]),
]
