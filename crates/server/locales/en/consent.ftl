# An application asks for access, and what follows from the answer.

consent-title = Allow access?
consent-heading = { $name } asks for access to your account
consent-scopes = If you allow it, it can
consent-no-scopes = Use what { $site } offers to every application that you allow. It gets no further permission.
consent-no-password = It does not learn your password.
consent-signed-in-as = You are signed in as
consent-not-you = Not you?
consent-switch = Switch account
consent-destination = After your answer you go to
consent-if-allowed = If you allow it
consent-code = You will be shown a code to enter in { $name }.
consent-advice = If you did not start this yourself just now, choose Deny.
consent-deny = Deny
consent-allow = Allow
consent-choose = Choose Allow or Deny.
consent-owner-only = This application is its owner's alone. If that is another account of yours, switch to it.
consent-incomplete = This link is incomplete: it does not say which request for access it belongs to.

verifier-title = Your code
verifier-lede = Enter it in { $name } to finish.
verifier-copy = Copy the code
verifier-select = One click selects all of it. Its letters are all capitals.
verifier-once = { $minutes ->
    [one] The code works once, for the next minute.
   *[other] The code works once, for the next { $minutes } minutes.
  }
verifier-once-seconds = { $seconds ->
    [one] The code works once, for the next second.
   *[other] The code works once, for the next { $seconds } seconds.
  }
verifier-nobody = Enter it only in the application in which you started. Send it to nobody, whoever asks.
verifier-close = You can close this page once the application has the code.

denied-title = Access denied
denied-heading = You denied access
denied-lede = This request gives the application no access to your account.
denied-close = You can close this page. If you change your mind, start again in the application: a request takes one answer only.

own-pages-over = This request for access has ended, or was begun in another browser.
own-pages-disabled = Your account here is disabled.
own-pages-not-theirs = This application is its owner's alone: sign in as the one who registered it.
