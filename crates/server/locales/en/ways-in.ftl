# Ways to sign in without a password of this server: a proxy in front of it, and other places that say who somebody is.

ways-sign-in-with = Sign in with { $issuer }
ways-proxy-silent = You sign in at the proxy in front of this site, and it does not say who you are.
ways-no-password = Nobody signs in with a password here.

# On the way to the other place.
ways-leaving-title = Going on
ways-leaving-heading = Going on to { $issuer }
ways-leaving-lede = You come back here once you have signed in there.
ways-leaving-go = Go on

# After signing out here.
ways-proxy-still-knows = The proxy in front of this site still knows who you are: the next page that you open here signs you in again.
ways-proxy-sign-out = Sign out there too

# On the page of the account.
ways-title = Other ways to sign in
ways-connected = You can sign in that way from now on.
ways-disconnected = Nobody can sign in that way any more.
ways-known-as = Known there as
ways-since = Connected
# The second half is for those who hear the page.
ways-disconnect = Disconnect
ways-disconnect-which = identity { $number } of { $all }
ways-only = It is the only way in that this account has, so it stays.
ways-connect-with = Connect with { $issuer }
ways-of-another = That identity is connected with another account here.
ways-only-left = That is the only way in that this account has left.

# Why somebody is not signed in, and what they can do.
ways-not-signed-in = You are not signed in
ways-to-sign-in = To the sign-in page
ways-name = Name
ways-disabled = Your account is disabled.
ways-proxy-unclear = The proxy in front of this site does not say clearly who you are.
ways-proxy-no-account = The proxy in front of this site knows you by a name that no account here has.
ways-not-begun = This sign-in was not begun in this browser, or was ended before, or took too long.
ways-another-issuer = Another issuer than { $issuer } sent you back.
ways-not-let-in = You did not sign in at { $issuer }, or it did not let you.
ways-issuer-silent = { $issuer } sent you back without saying who you are.
ways-issuer-away = { $issuer } does not answer as it should at the moment.
ways-issuer-refused = { $issuer } does not know this sign-in, or it was used before.
ways-issuer-unbelievable = What { $issuer } says of you cannot be believed.
ways-not-connected = No account here is connected with yours at { $issuer }.
ways-no-name = { $issuer } does not say by which name an account of yours should go.
ways-bad-name = No account here can have the name that { $issuer } gives you.
ways-name-taken = Another account here has the name that { $issuer } gives you already.
ways-begin-again = Begin again.
ways-try-again = Try again, or sign in another way.
ways-try-in-a-minute = Try again in a minute, or sign in another way.
ways-ask-why = Ask whoever runs this site why.
ways-ask-for-account = Ask whoever runs this site for an account.
ways-ask-for-name = Ask whoever runs this site for an account of that name.
ways-connect-first = If you have an account here, sign in to it in another way and connect the two on its account page.
ways-connect-if-yours = If that account is yours, sign in to it in another way and connect the two on its account page.
