"""What every Python client here shares: the configuration, the browser, and the reports."""

import json
import sys
import urllib.parse
import urllib.request

config = json.load(sys.stdin)
base, callback = config["base"], config["callback"]
initiate, authorize, token = f"{base}/oauth/initiate", f"{base}/oauth/authorize", f"{base}/oauth/token"


def say(**line):
    print(json.dumps(line), flush=True)


def step(name, action, note=None):
    """Runs one step; `action` answers the fields to report. A failure is reported and the next step goes on."""
    try:
        found = action()
    except Exception as error:
        say(step=name, error=f"{type(error).__name__}: {error}")
        return
    say(step=name, **found, **({"note": note} if note else {}))


def answer(response):
    """The report of a `requests` or `httpx` response."""
    return {"status": response.status_code, "body": response.text}


def browse(url):
    """Lets the resource owner approve; answers what the browser brought back."""
    question = f"{config['browser']}/approve?{urllib.parse.urlencode({'url': url})}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(question, timeout=60) as response:
        return json.load(response)


def credentials_for(method):
    """The client identifier, secret and private key (PEM) to use with a signature method."""
    if not method.startswith("RSA-"):
        return config["client"]["id"], config["client"]["secret"], None
    with open(config["rsa"]["private_key_file"]) as key:
        return config["rsa"]["id"], None, key.read()
