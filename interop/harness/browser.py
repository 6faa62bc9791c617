"""The resource owner's browser: signs in, reads the consent page, presses "grant".

Clients reach it over loopback, `GET /approve?url=AUTHORIZE_URL`, and get back as JSON what a real
browser would hand them: the callback URL with its token and verifier, or the code of an `oob` page.
"""

import http.cookiejar
import json
import threading
import urllib.error
import urllib.request
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

MOST_PAGES = 10


class Pages(HTMLParser):
    """The forms of a page with their fields, and the text of the element `id="verifier"`."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict] = []
        self.verifier = ""
        self._verifier_tag = ""
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if found.get("id") == "verifier":
            self._verifier_tag, self.verifier = tag, found.get("value", "")
        if tag == "form":
            self._open = True
            self.forms.append({"action": found.get("action", ""), "hidden": {}, "names": set()})
        elif self._open and tag in ("input", "button") and found.get("name"):
            self.forms[-1]["names"].add(found["name"])
            if found.get("type", "").lower() == "hidden":
                self.forms[-1]["hidden"][found["name"]] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
        if tag == self._verifier_tag:
            self._verifier_tag = ""

    def handle_data(self, data: str) -> None:
        if self._verifier_tag:
            self.verifier += data.strip()


class StayHere(urllib.request.HTTPRedirectHandler):
    """Redirects are read, not followed: the last one leads to a callback nobody listens on."""

    def redirect_request(self, *_: object) -> None:
        return None


class Browser:
    def __init__(self, base: str, username: str, password: str):
        self.base, self.username, self.password = base, username, password
        self.lock = threading.Lock()
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
            StayHere(),
        )

    def approve(self, url: str) -> dict:
        if not url.startswith(self.base + "/"):
            raise ValueError(f"not a page of the server: {url}")
        with self.lock:
            form: dict | None = None
            for _ in range(MOST_PAGES):
                status, location, text = self._load(url, form)
                form = None
                if location:
                    target = urljoin(url, location)
                    if not target.startswith(self.base + "/"):
                        return callback_answer(target)
                    url = target
                    continue
                if status != 200:
                    raise ValueError(f"{status} at {url}: {text[:400]}")
                page = Pages()
                page.feed(text)
                if page.verifier:
                    return {"callback_url": None, "oauth_token": None, "oauth_verifier": page.verifier}
                url, form = self._fill_in(url, page)
            raise ValueError(f"no end of pages at {url}")

    def _fill_in(self, url: str, page: Pages) -> tuple[str, dict]:
        for form in page.forms:
            if "password" in form["names"]:
                typed = {"username": self.username, "password": self.password}
            elif "decision" in form["names"]:
                typed = {"decision": "grant"}
            else:
                continue
            return urljoin(url, form["action"] or url), form["hidden"] | typed
        raise ValueError(f"neither a sign-in nor a consent form at {url}")

    def _load(self, url: str, form: dict | None) -> tuple[int, str, str]:
        request = urllib.request.Request(url, headers={"Accept": "text/html"})
        if form is not None:
            request.data = urlencode(form).encode()
            request.add_header("Origin", self.base)
            request.add_header("Sec-Fetch-Site", "same-origin")
        try:
            answer = self.opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()


def callback_answer(url: str) -> dict:
    query = parse_qs(urlsplit(url).query)
    return {
        "callback_url": url,
        "oauth_token": query.get("oauth_token", [""])[0],
        "oauth_verifier": query.get("oauth_verifier", [""])[0],
    }


class BrowserService:
    """Lends the browser to clients in other languages; a context manager."""

    def __init__(self, browser: Browser):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                url = parse_qs(urlsplit(self.path).query).get("url", [""])[0]
                try:
                    status, answer = 200, browser.approve(url)
                except Exception as error:  # whatever went wrong is the client's to report
                    status, answer = 502, {"error": f"{type(error).__name__}: {error}"}
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.service = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.service.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.service.server_address[1]}"

    def __enter__(self) -> "BrowserService":
        threading.Thread(target=self.service.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.service.shutdown()
        self.service.server_close()
