import jwt

keys = jwt.PyJWKClient("https://photos.example.net/.well-known/jwks.json")


def caller(token: str) -> dict:
    """Who called, from X-OAuth-Identity; raises jwt.PyJWTError for a token that does not count."""
    return jwt.decode(
        token,
        keys.get_signing_key_from_jwt(token).key,
        algorithms=["EdDSA", "ES256"],
        issuer="https://photos.example.net",  # public_url
        audience="https://photos.internal",  # this service, and no other
        options={"require": ["exp", "sub", "client_id"]},
    )
