# The pages on which administrators look after applications.

admin-applications-waiting = What waits for approval
admin-applications-register = Register one
admin-applications-deleted = The application was deleted, with all access that people gave it.
admin-applications-by-operators = kept by operators
admin-applications-since = since { $time }
admin-applications-older = Older applications
admin-applications-id = Client identifier
admin-applications-owner = Owner
admin-applications-status = Status
admin-applications-active = Active
admin-applications-pending = Waits for approval
admin-applications-rejected = Rejected
admin-applications-suspended = Suspended
admin-applications-suspended-by-owner = Suspended by its owner

admin-application-told-active = The application may be used now.
admin-application-told-rejected = The application was rejected; its owner reads why.
admin-application-told-suspended = The application is suspended: its requests are refused.
admin-application-told-changed = The application was changed.
admin-application-told-given = The application has another owner now.
admin-application-told-removed = The key was removed: what is signed with it is refused.
admin-application-no-owner = None: operators keep it
admin-application-access = Who may give it access
admin-application-owner-only = Its owner alone
admin-application-revision = Revision
admin-application-approve = Approve
admin-application-reject = Reject
admin-application-suspend = Suspend
admin-application-resume = Resume
admin-application-change = Change
admin-application-change-owner = Change the owner
admin-application-delete = Delete
admin-application-fingerprint = SHA-256 of its DER { $digits }
admin-application-usage = How it signs
admin-application-key-since = Key valid since
admin-application-first-used = First used
admin-application-last-used = Last used
admin-application-requests = Requests
admin-application-no-usage = It has not signed anything, as far as is known.
admin-application-granted = What was granted to it

admin-approvals-title = Waiting for approval
admin-approvals-oldest = The oldest first.
admin-approvals-more = { $count ->
    [one] { $count } more waits behind these.
   *[other] { $count } more wait behind these.
  }
admin-approvals-none = Nothing waits.
admin-approvals-reason = Why not, for its owner to read

admin-reject-title = Reject an application
admin-reject-told = Its owner reads why, may change it, and it waits again.
admin-reject-reason = Why
admin-reject-button = Reject it
admin-reject-no-reason = Say why: it is all that the owner learns.
admin-reject-bad-reason = A reason has 1000 bytes at most, and no characters that hide or turn others.

admin-owner-title = Change the owner
admin-owner-stays = It is for its owner's own scripts, and stays theirs.
admin-owner-now = It is { $owner }'s now, who can then neither see nor change it.
admin-owner-keys = Its secrets and keys stay valid: whoever takes it should replace them.
admin-owner-to = The new owner's username
admin-owner-confirm = The client identifier { $id }, to confirm
admin-owner-button = Give it
admin-owner-none = There is no other account of that name that may sign in.
admin-owner-refused = It cannot be given to that account.
admin-owner-scripts = An application for its owner's own scripts stays theirs.

admin-key-remove-newer = Remove the newer secret or key
admin-key-remove-older = Remove the older secret or key
admin-key-remove-told = What is signed with it is refused from then on. The page of the application says when it was last used.
admin-key-remove = Remove it

admin-delete-title = Delete an application
admin-delete-told = All access that people gave it ends, for good. Nothing brings it back.
admin-delete-button = Delete it

admin-register-no-account = There is no account of that name that may sign in.
