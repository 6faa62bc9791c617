# The pages on which administrators find tokens, events and usage.

admin-log-client = Client identifier
admin-log-account = Account
admin-log-application = Application
admin-log-no-more = There are no further ones.
admin-log-export = Take it away
admin-log-export-note = All that the filter lets through, on every page.
admin-log-export-recorded = All that the filter lets through, on every page. That you took it is recorded.
admin-log-lines = JSON Lines
admin-log-sheet = CSV
admin-log-bad-day = A day is written as 2026-12-31, from 1970-01-01 to 9999-12-31.
admin-log-bad-format = A file is either jsonl or csv.
admin-log-no-file = This file cannot be made at the moment.
admin-log-old-http = This file needs HTTP/1.1 or newer between the server and what is in front of it: over HTTP/1.0 a file that was cut off looks like a whole one.
admin-log-bad-address = The address of this page is not complete.

admin-tokens-lede = Token credentials: what applications may do in the name of accounts. They are named by number, as in the audit log.
admin-tokens-ended = { $count ->
    [0] It had ended before.
    [one] One was revoked. It is refused from now on.
   *[other] { $count } were revoked. They are refused from now on.
  }
admin-tokens-revoke-these = Revoke all of these
admin-tokens-older = Older tokens
admin-token-number = No. { $record }
admin-token-active = active
admin-token-revoked = revoked
admin-token-expired = expired
admin-token-disabled = account disabled
admin-token-since = Since
admin-token-last-used = Last used
admin-token-never-used = Never, as far as is known
admin-token-expires = Expires
admin-token-never-expires = Never
# The number is for those who hear the page.
admin-token-revoke = Revoke

admin-revoke-title = Revoke
admin-revoke-one = Revoke No. { $record }
admin-revoke-many = { $count ->
    [one] Revoke one token
   *[other] Revoke { $count } tokens
  }
admin-revoke-one-gone = There is no token of that number that could still be used.
admin-revoke-many-gone = None of them could still be used.
admin-revoke-one-told = Whoever uses it is refused from then on, and must ask for access again.
admin-revoke-many-told = Whoever uses them is refused from then on, and must ask for access again. Those that are issued before you confirm are revoked too.
admin-revoke-all-tokens = All tokens
admin-revoke-every-application = Every one
admin-revoke-every-account = Every one
admin-revoke-confirm-number = Type the number to confirm
admin-revoke-confirm-client = Type the client identifier to confirm
admin-revoke-confirm-account = Type the account to confirm
admin-revoke-keep-one = Keep it
admin-revoke-keep-many = Keep them
admin-revoke-incomplete = It is not said which tokens are to end.

admin-audit-lede = What happened, the newest first. Nothing here can be changed.
admin-audit-event = Event
admin-audit-actor = By whose act
admin-audit-first-day = First day, in UTC
admin-audit-last-day = Last day, in UTC
admin-audit-token = Token
admin-audit-by = By
admin-audit-from = From
admin-audit-detail = More
admin-audit-no-older = There are no older ones.
admin-audit-none = Nothing of that kind is recorded.
admin-audit-older = Older events
admin-audit-forgotten = Older events are not kept: some were deleted on { $time }.
admin-audit-deletions = When events were deleted

admin-usage-lede = Who signs how, with which key. What should end comes first. An application that never signed a request is not here.
admin-usage-total = { $weak ->
    [one] { $total } in all, of which { $weak } should end.
   *[other] { $total } in all, of which { $weak } should end.
  }
admin-usage-none = Nothing of that kind was seen.
admin-usage-bits = { $bits } bits
admin-usage-plaintext = PLAINTEXT.
admin-usage-plaintext-advice = Its secret travels with every request. Let it sign by HMAC-SHA256, then give it a new secret.
admin-usage-small-key = A small key.
admin-usage-small-key-advice = Whoever breaks an RSA key signs as this application, and under 2048 bits that is within reach. Add a larger key, and remove this one once it is not used any more.
admin-usage-sha1 = SHA-1.
admin-usage-sha1-hmac-advice = It holds here still, but it is being phased out everywhere. Let it sign by HMAC-SHA256: its secret stays the same.
admin-usage-sha1-rsa-advice = Two texts with one signature can be made to order. Let it sign by RSA-SHA256: its key stays the same.
admin-usage-last-seen = Last seen
admin-usage-first-seen = First seen
admin-usage-requests = Requests
admin-usage-key = Key of
admin-usage-further = Further usage
admin-usage-weak = Should end
admin-usage-method = Signature method
admin-usage-since = Seen since, in UTC
admin-usage-weak-any = Whatever should end
admin-usage-weak-plaintext = PLAINTEXT
admin-usage-weak-key = RSA keys under 2048 bits
admin-usage-weak-sha1 = SHA-1
admin-usage-weak-none = Nothing that should end
