# The account: its password, where it is signed in, and what it gave access to.

account-title = Account
account-signed-in-as = You are signed in as { $account }
account-password-changed = Your password was changed, and you are signed out everywhere else.
account-others-ended = You are signed out everywhere else.
account-session-ended = That session has ended.
account-session-gone = That session had ended before.

account-password = Password
account-current = Current password
account-new = New password, of 8 characters or more
account-again = New password, once more
account-password-note = You will be signed out everywhere else. Applications keep the access you gave them.
account-change-password = Change the password
account-no-password = This account has no password here: you sign in by other means.
account-password-wrong = The current password is wrong.

account-sessions = Where you are signed in
account-browser-unknown = An unknown browser
account-browser = { $browser } on { $system }
account-this-one = this one
account-session-since = Signed in
account-session-seen = Last seen
account-session-from = From
# The second half is for those who hear the page.
account-end = End
account-end-which = session { $number } of { $all }
account-end-others = End all others

connections-title = Connected applications
connections-lede = What you allowed applications to do in your name, and have not taken back.
connections-revoked = Access was revoked. It is refused from now on.
connections-gone = That access had ended before.
connections-none = No application has access to your account.
connections-can = It can
connections-no-scopes = Use what { $site } offers to every application that you allow
connections-since = Since
connections-last-used = Last used
connections-not-yet = Not yet
connections-ends = Ends
connections-revoke = Revoke
connections-revoke-only = the access of { $name }
connections-revoke-one = the access of { $name }, { $number } of { $all }
connections-older = { $count ->
    [one] And { $count } older one.
   *[other] And { $count } older ones.
  }
connections-revoke-all = Revoke all { $all }
connections-revoke-all-of = of { $name }
