# What went wrong, and what to do next.

error-label = Error { $status }
error-next = What to do next
error-more = More about { $code }
error-stopped = This cannot go on
error-start-again = Go back to the application and start again.
error-try-again = Go back and try again. If you came from an application, start again there.
error-sign-in-first = Sign in, then do it again.
error-allow-cookies = Allow cookies for this site, open the form again, and send it anew.
error-use-https = Open this page at an address that begins with https://.
error-home = To the start page
error-to-sign-up = To the sign-up page

error-address-incomplete = The address is not complete.
error-form-incomplete = The form is not complete.
error-form-not-utf8 = The form holds text that is not UTF-8.
error-form-forged = The form has expired or came from another site.
error-signed-out = You are not signed in any more.
error-method = This address does not take that kind of request.
error-unavailable = The service does not answer at the moment. Try again in a minute.

error-nothing = Nothing here
error-nothing-message = There is no page at this address.
error-nothing-advice = Check the address for a missing or extra character.

error-expired = This link has expired
error-expired-message = The request for access was not answered in time.
error-used = This link was already used
error-used-message = The request for access was answered before, or never existed.
error-client = Not available
error-client-message = The application may not ask for access at the moment.
error-insecure = Not over http
error-insecure-message = This page asks for secrets, and this connection is not encrypted.
error-busy = Busy
error-request-incomplete = The request for access is not complete.
