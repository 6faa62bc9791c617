# Secrets and keys of applications.

key-secret = Secret
key-rsa = RSA public key, { $bits } bits

key-add-key = Add another key
key-add-secret = Add another secret
key-add-lede = The one that { $name } has now stays valid until you remove it.
key-two-already = There are two already. Remove one of them first.
key-public-key = Public key
key-public-key-hint = PEM: a public key or an X.509 certificate, 2048 bits or more. Never a private key.
key-file = Or its file
key-add = Add it
key-shown-once = It is shown once.
key-make = Make one

key-registered = The application is registered
key-added = The new key is valid
key-token = A token for your own scripts
key-client-id = Client identifier
key-client-secret = Client secret
key-token-id = Token
key-token-secret = Token secret
key-copy-client-id = Copy the client identifier
key-copy-client-secret = Copy the client secret
key-copy-token-id = Copy the token
key-copy-token-secret = Copy the token secret
key-copied = Copied
key-keep = The secret is shown this once: keep it now, where nobody else reads it. One click selects all of it.
key-to-application = To the application

key-private = That is a private key, and it was not kept. It has left your machine all the same: make a new pair, and paste the public key of that one.
key-other-algorithm = That is a public key, but not of RSA. An RSA key of 2048 bits or more is wanted, as PEM.
key-ssh = That is a key as ssh writes it. It is wanted as PEM, which this prints: { $command }
key-not-chosen = You gave a public key, and chose a secret. Choose the RSA key and give it once more, or leave it out.
key-unreadable = That is no RSA public key of 2048 to 8192 bits. It begins with -----BEGIN PUBLIC KEY-----, -----BEGIN RSA PUBLIC KEY----- or -----BEGIN CERTIFICATE-----.
key-too-small = The key has { $bits } bits, fewer than { $minimum }.
key-most = There are two already, or this form was sent twice. Remove one first.
key-last = It is gone already, or it is the last one: add another one first.
key-other-kind = An application keeps to the kind of key that it has.
