# What this server is.

home-title = OAuth 1.0a provider
home-heading = An OAuth{ "\u00A0" }1.0a provider
home-lede = Here applications ask for access to your account on { $site }. You decide, and they do not learn your password. Each request they sign is verified to the letter of { $rfc }.
home-signed-in-as = Signed in as { $account }
home-signed-out = You are not signed in.
home-existing = For applications that already exist
home-existing-why = Nobody should start a new public API on OAuth{ "\u00A0" }1.0a; OAuth{ "\u00A0" }2 is the standard today. This server is for those whose partners, devices and shops speak OAuth{ "\u00A0" }1.0a and cannot be changed.
home-endpoints = Endpoints
home-endpoints-note = Applications sign requests to { $url }, also when a proxy stands in between.
home-initiate = Temporary credentials
home-authorize = Resource owner authorization
home-token = Token credentials
home-whoami = Who am I (protected)
home-operate = If you run this server
home-add-user = Add an account, for someone who can sign in and allow access.
home-add-client = Add an application. It gets an identifier and, unless it brings a public key, a secret.
home-watch = Watch it.
home-healthz = is it up?
home-readyz = can it serve?
home-help = Every command explains itself with { $flag }. Every refusal names a code and a page with its cause and remedy, such as { $code }.
