# What every page has, and what several of them say.

default-title = OAuth 1.0a
skip-to-content = Skip to the content
nav-label = Your account
nav-connections = Connected applications
nav-account = Account
nav-applications = Applications
nav-administration = Administration
signed-in-as = Signed in as { $account }
sign-out = Sign out
about-server = About this server

# The title of a page whose form was refused.
title-with-error = Error: { $title }

# All times are in UTC. The digits are padded.
time = { $year }-{ $month }-{ $day } { $hour }:{ $minute }{ "\u00A0" }UTC
time-to-the-second = { $year }-{ $month }-{ $day } { $hour }:{ $minute }:{ $second }{ "\u00A0" }UTC
time-beyond = long from now

too-many-attempts = Too many attempts.
wait-seconds = { $seconds ->
    [one] Try again in { $seconds } second.
   *[other] Try again in { $seconds } seconds.
  }
wait-minutes = { $minutes ->
    [one] Try again in { $minutes } minute.
   *[other] Try again in { $minutes } minutes.
  }
too-many-attempts-seconds = { $seconds ->
    [one] Too many attempts. Try again in { $seconds } second.
   *[other] Too many attempts. Try again in { $seconds } seconds.
  }
too-many-attempts-minutes = { $minutes ->
    [one] Too many attempts. Try again in { $minutes } minute.
   *[other] Too many attempts. Try again in { $minutes } minutes.
  }

# A permission of which the configuration says nothing but its name.
scope-by-name = Use { $scope }
opens-in-new-tab = (opens in a new tab)
