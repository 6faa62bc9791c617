# One page for each problem code: what it means, what causes it, what to do. For those who write applications.

help-status = Status { $status }
help-causes = Usual causes
help-remedy = What to do
help-for-whom = This page is for those who write applications. The rules are in { $rfc }.

help-parameter_absent = A protocol parameter is missing; with status 401, all of them are.
    .cause-1 = The client did not sign the request
    .cause-2 = A proxy removed the Authorization header
    .cause-3 = A form body did not reach the server
    .remedy-1 = Add what oauth_parameters_absent names
    .remedy-2 = Let the proxy pass the Authorization header on

help-parameter_rejected = A parameter is malformed, came twice, or came from two places.
    .cause-1 = The same oauth_ parameter in the header and in the query
    .cause-2 = A broken percent-escape
    .cause-3 = A timestamp that is not digits alone
    .cause-4 = Not exactly one Host header, or forwarded headers that contradict each other
    .remedy-1 = Send all protocol parameters in one place, each once
    .remedy-2 = Percent-encode every value once

help-version_rejected = oauth_version is there and is not 1.0.
    .cause-1 = The client sends 1.0a or 1.0A, which is the protocol's name and no version
    .cause-2 = The client speaks another protocol
    .remedy-1 = Send 1.0, or leave the parameter out

help-signature_method_rejected = The signature method is not accepted, or does not fit the client's key.
    .cause-1 = PLAINTEXT without TLS or without permission
    .cause-2 = RSA for a client that has a secret, HMAC for a client that has a public key
    .cause-3 = The client was narrowed to other methods
    .remedy-1 = Use one of the methods that the answer names

help-insecure_transport = The request came over http.
    .cause-1 = The URL begins with http://
    .cause-2 = A proxy terminates TLS and does not say so, or is not trusted
    .remedy-1 = Use https
    .remedy-2 = Let the operator set trusted_proxies, or tls_terminated_upstream

help-callback_rejected = The callback is not one that the client may name.
    .cause-1 = It is not registered: scheme, host, port and path must be the same
    .cause-2 = oob is not allowed for this client
    .remedy-1 = Register the callback, letter by letter as it is sent

help-body_required = A body is signed, but it did not reach the server whole.
    .cause-1 = The connection broke off
    .cause-2 = A proxy asks for authorization without passing the body on
    .remedy-1 = Send it again
    .remedy-2 = Let the proxy pass the body on, or put the server itself in front of the path

help-consumer_key_unknown = No client has this oauth_consumer_key.
    .cause-1 = A typing error
    .cause-2 = The client was removed
    .cause-3 = The key belongs to another server
    .remedy-1 = Compare the key with the one that was issued

help-consumer_key_refused = The client is suspended or waits for approval.
    .cause-1 = An operator decided so
    .remedy-1 = Ask the operator

help-token_rejected = The oauth_token cannot be used by this client.
    .cause-1 = It is unknown
    .cause-2 = It belongs to another client
    .cause-3 = Temporary credentials were redeemed before
    .cause-4 = The resource owner's account is disabled
    .remedy-1 = Begin again with temporary credentials

help-token_expired = The oauth_token is too old.
    .cause-1 = Temporary credentials were not redeemed in time
    .cause-2 = Tokens of this server end after a while
    .remedy-1 = Begin again with temporary credentials

help-token_revoked = The token was revoked.
    .cause-1 = Its resource owner or an operator revoked it
    .remedy-1 = Ask the resource owner again

help-signature_invalid = The signature does not hold over what the server received.
    .cause-1 = A wrong client secret or token secret
    .cause-2 = A proxy changed scheme, host, port or path
    .cause-3 = A parameter was added, dropped or re-encoded on the way
    .cause-4 = The form body was not signed, or was sent with another media type
    .cause-5 = Encoding: a space must be %20 in the base string, and every byte of UTF-8 is encoded
    .remedy-1 = Compare method, URI and parameter names of the answer with what the client signed
    .remedy-2 = Then compare both secrets
    .remedy-3 = Percent-encode each secret before joining them with &

help-timestamp_refused = oauth_timestamp is too far from the server's clock.
    .cause-1 = The client's clock is wrong
    .cause-2 = The timestamp is in milliseconds or in local time
    .cause-3 = The request waited in a queue
    .remedy-1 = Set the clock by NTP; send seconds since 1970 UTC

help-nonce_used = This combination of nonce, timestamp, client and token was accepted before.
    .cause-1 = The request was sent twice, by the client or by something between
    .cause-2 = The client's nonces repeat
    .remedy-1 = Make a new random nonce for every request, retries included

help-permission_unknown = The resource owner has not answered yet.
    .cause-1 = The client redeemed before the owner had granted
    .remedy-1 = Wait for the callback, or for the code

help-user_refused = The resource owner refused.
    .cause-1 = They chose Deny
    .remedy-1 = Ask again only if they wish so

help-verifier_invalid = oauth_verifier is not the one that was given out.
    .cause-1 = A typing error
    .cause-2 = A verifier of another request
    .remedy-1 = Send the verifier of this request; after five wrong ones begin again

help-permission_denied = Client and token are genuine, but may not do this.
    .cause-1 = The token lacks the scope
    .cause-2 = The client may not call without a token
    .remedy-1 = Ask the resource owner for the scope

help-method_not_allowed = The endpoint takes another HTTP method.
    .cause-1 = GET where POST is needed
    .remedy-1 = Use what the Allow header names

help-body_too_large = The form body is larger than the limit.
    .cause-1 = A file was sent as a form field
    .remedy-1 = Send large content with another media type: it is not signed then

help-rate_limited = Too many requests.
    .cause-1 = The client sends more than the operator allows
    .remedy-1 = Wait as long as Retry-After says

help-store_unavailable = The server cannot reach what it remembers.
    .cause-1 = A database or its disk does not answer
    .remedy-1 = Try again in a moment, with a new nonce
