# Signing in, up and out.

sign-in-title = Sign in
sign-in-lede = to your account on { $site }
sign-in-username = Username
sign-in-password = Password
sign-in-button = Sign in
sign-in-no-account = No account yet?
sign-in-wrong = Name or password is wrong.
sign-in-name-too-long = The name is too long.

sign-up-title = Sign up
sign-up-lede = for an account on { $site }
sign-up-invitation = Invitation
sign-up-username = Username
sign-up-password = Password, of 8 characters or more
sign-up-again = Password, once more
sign-up-button = Sign up
sign-up-has-account = You have an account?
sign-up-too-many = Too many attempts from where you are.
sign-up-name-taken = That name is taken: choose another one.
sign-up-not-invited = This invitation is not known, has ended, or was used before: ask for a new one.

name-blank = A name has at least one visible character.
name-empty = A name has at least one character.
name-too-long = A name is 255 bytes long at most.
name-control = A name holds no control characters.
name-space = A name neither begins nor ends with a space.
name-hides = A name holds no invisible characters, and none that turn others around.

password-too-short = A password has at least 8 characters.
password-differs = The two new passwords differ.

signed-out-title = Signed out
signed-out-heading = You are signed out
signed-out-lede = Applications keep the access you gave them.
signed-out-again = Sign in again
