# The pages for administrators: their frame, what needs somebody, and what all of them say.

admin-overview = Overview
admin-accounts = Accounts
admin-applications = Applications
admin-tokens = Tokens
admin-audit = Audit log
admin-usage = Usage

admin-lede = What { $site } looks after, and what of it needs you.
admin-count-pending = Applications that wait for approval
admin-count-suspended = Suspended applications
admin-count-weak = Applications that signed with SHA-1 or PLAINTEXT within thirty days
admin-count-replays = Signed requests that came a second time within a day
admin-count-accounts = Accounts
admin-count-administrators = Administrators
admin-count-disabled = Disabled accounts
# Of whatever was counted.
admin-none = None
admin-at-least = { $number } or more

# The form above a list, and what the list says.
admin-filter-any = Any
admin-filter-yes = Yes
admin-filter-no = No
admin-filter-show = Show
admin-filter-name = Name contains
admin-filter-too-long = A filter has 255 bytes at most, and no control characters.
admin-filter-unknown = A filter is none of those that the page offers.
admin-filter-bad-client = That is no client identifier.
admin-filter-bad-page = The address of this page of the list is not complete.
admin-none-of-that-kind = There is none of that kind.

# Questions before something that cannot be undone, and forms.
admin-confirm-name = The name above, to confirm
admin-leave = Leave it as it is
admin-shown-once-copy = Copy
admin-shown-once-note = It is shown this once: give it to whom it is for, where nobody else reads it. One click selects all of it.
admin-shown-once-done = Done

# Why an act was not done.
admin-not-done = Not done
admin-not-done-advice = Go back, load the page anew, and see how things are now.
admin-refused-twice = There is one of that name already. Perhaps this form was sent twice.
admin-refused-stale = Somebody changed it since you looked at it, and nothing was done.
admin-refused-already = That was done already.
admin-refused-last = It is the last administrator who can sign in. Make another one first.
admin-refused-active = The application is active by now.
admin-refused-pending = The application waits for approval by now.
admin-refused-rejected = The application is rejected by now.
admin-refused-suspended = The application is suspended by now.
admin-refused-own = This is your own account. Another administrator can do that, if it is meant.
