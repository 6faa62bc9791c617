# The pages on which administrators look after accounts and invitations.

admin-accounts-add = Add an account
admin-accounts-invitations = Invitations
admin-accounts-all = All accounts
admin-accounts-admin = Administrates
admin-accounts-disabled = Disabled
admin-accounts-is-admin = administrator
admin-accounts-is-disabled = disabled
admin-accounts-since = Since { $time }
admin-accounts-further = Further accounts

admin-account-label = Account
admin-account-told-disabled = The account is disabled: its sessions have ended, and what it granted is refused.
admin-account-told-enabled = The account is enabled again.
admin-account-told-promoted = The account is an administrator's now.
admin-account-told-demoted = The account is an ordinary one now.
admin-account-told-password = The password was changed, and the account's sessions have ended.
admin-account-told-added = The account was added.
admin-account-told-ended = That session has ended.
admin-account-told-signed-out = All its sessions have ended.
admin-account-told-revoked = Access was revoked. It is refused from now on.
admin-account-told-gone = That had ended before.
admin-account-state = State
admin-account-is-enabled = Enabled
admin-account-is-disabled = Disabled
admin-account-role = Role
admin-account-is-admin = Administrator
admin-account-no-role = None
admin-account-password = Password
admin-account-has-password = It has one
admin-account-no-password = None: it signs in by other means
admin-account-made = Made
admin-account-own = This is your own account. What would lock you out, another administrator can do.
admin-account-own-password = Change your password on your account's page
admin-account-enable = Enable it
admin-account-disable = Disable it
admin-account-give-role = Give the role
admin-account-take-role = Take the role
admin-account-set-password = Set a password

admin-account-sessions = Where it is signed in
admin-account-no-sessions = Nowhere.
admin-account-end-all = End all of them
admin-account-applications = Its applications
admin-account-no-applications = It has registered none.
admin-account-all-applications = All its applications
admin-account-grants = What it granted
admin-account-no-grants = Nothing.
admin-account-all-grants = All that it granted
admin-account-grant-to = To { $client }
admin-account-grant-revoked = revoked
# The second half is for those who hear the page.
admin-account-revoke = Revoke
admin-account-revoke-which = the access of { $client }, { $number } of { $all }

admin-account-name = Username
admin-account-add-button = Add it
admin-account-taken = There is an account of that name already.
admin-account-added-title = The new account's password

admin-password-title = Set a password
admin-password-told = The old one is refused from then on, and the account's sessions end. Applications keep the access that they have.
admin-password-which = Its password
admin-password-random = A random one, which you are shown once
admin-password-typed = This one
admin-password-new = Password, of 8 characters or more
admin-password-again = The same once more
admin-password-confirm = The name of the account, to confirm
admin-password-button = Set it
admin-password-set-title = The new password
admin-password-incomplete = The form is not complete: load the page anew.

admin-disable-title = Disable an account
admin-disable-told = Nobody can sign in to it, its sessions end, and what it granted is refused, until it is enabled again.
admin-sessions-title = End all sessions of an account
admin-sessions-told = Whoever is signed in to it must sign in again. Applications keep the access that they have.
admin-sessions-button = End them all
admin-promote-title = Make an account an administrator's
admin-promote-told = It may then do all that you may: see every account and application, change them, and make administrators.
admin-promote-button = Give it the role
admin-demote-title = Take the role of an administrator
admin-demote-told = It is then an ordinary account, and keys of the administration's API that were made for it are refused.

admin-invitations-title = Invitations
admin-invitations-withdrawn = The invitation was withdrawn.
admin-invitations-gone = The invitation was used or withdrawn before.
admin-invitations-unused = Nobody can use an invitation yet: { $setting } in the configuration is something else than { $value }.
admin-invitations-note = For whom, in words of yours
admin-invitations-days = Days that it is good for
admin-invitations-make = Make a link
admin-invitations-link = The new invitation's link
admin-invitations-no-note = Without a note
admin-invitations-is-used = used
admin-invitations-has-ended = has ended
admin-invitations-made = Made
admin-invitations-made-by = Made by
admin-invitations-by-command = The command line
admin-invitations-ends = Ends
admin-invitations-used-by = Used by
# The second half is for those who hear the page.
admin-invitations-withdraw = Withdraw
admin-invitations-withdraw-which = invitation { $record }
admin-invitations-older = Older invitations
admin-invitations-bad-days = An invitation is good for 1 to 365 days.
admin-invitations-bad-note = A note is 255 bytes of visible characters at most.
