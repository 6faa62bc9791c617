"""Sign-in and consent for Countersign on pages of your own: Python's standard library, and nothing else."""
import hmac, html, json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib import parse, request

API = os.environ["COUNTERSIGN"] + "/admin/api/v1/challenges/"
KEY = os.environ["API_KEY"]  # of: countersign api-key new --name Shop --scope challenges
CUSTOMERS = {"jane": ("correct horse", "customer-4711")}  # stands for your own table, where passwords are hashed
PAGE = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>Shop</title><link rel="icon" href="data:,">
<p role="alert">{problem}</p><h1><bdi>{client}</bdi> asks for access</h1><p>It could: {scopes}. Afterwards you go to
<bdi>{place}</bdi>.</p><form method="post"><input type="hidden" name="challenge" value="{challenge}">
<label>Name <input name="name"></label> <label>Password <input name="password" type="password"></label>
<button name="answer" value="allow">Allow</button><button name="answer" value="deny">Deny</button></form>"""

def ask(challenge, verb="", body=None):
    fields = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if verb else None  # with data it is a POST
    with request.urlopen(request.Request(API + parse.quote(challenge, "") + verb, data, fields), timeout=10) as told:
        return json.load(told)

class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 10_000)).decode()
            sent = dict(parse.parse_qsl(body or parse.urlsplit(self.path).query))
            self.answer(sent) if self.command == "POST" else self.form(sent.get("challenge", ""))
        except OSError as why:  # 404: the challenge is over; for anything else, or no answer, look into your log
            over = (410, "This request has ended. Start again in the application.")
            self.tell(*over if getattr(why, "code", 0) == 404 else (502, "Try again in a minute."))
        except ValueError:  # the form is not UTF-8
            self.tell(400, "This form cannot be read.")
    do_POST = do_GET

    def answer(self, sent):
        challenge, (password, owner) = sent.get("challenge", ""), CUSTOMERS.get(sent.get("name"), ("", ""))
        if sent.get("answer") != "allow":
            return self.tell(303, "", Location=ask(challenge, "/reject")["continue"])
        if not owner or not hmac.compare_digest(password.encode(), sent.get("password", "").encode()):
            return self.form(challenge, 401, "Name or password is wrong.")
        return self.tell(303, "", Location=ask(challenge, "/accept", {"owner": owner})["continue"])

    def form(self, challenge, status=200, problem=""):
        asked = ask(challenge)
        scopes = ", ".join(scope["description"] or scope["name"] for scope in asked["scopes"]) or "act for you"
        shown = dict(client=asked["client"]["name"], place=asked["destination"] or "a page with a code")
        shown |= dict(scopes=scopes, challenge=challenge, problem=problem)
        self.tell(status, PAGE.format(**{name: html.escape(text) for name, text in shown.items()}))

    def tell(self, status, page, **fields):
        self.send_response(status)
        fields = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", **fields}
        fields |= {"Content-Type": "text/html; charset=utf-8", "Content-Length": len(page.encode())}
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(page.encode())

server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Pages)
print(f"pages.py serves http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
