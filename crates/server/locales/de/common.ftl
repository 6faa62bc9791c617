# Was jede Seite hat, und was mehrere sagen.

default-title = OAuth 1.0a
skip-to-content = Zum Inhalt springen
nav-label = Ihr Konto
nav-connections = Verbundene Anwendungen
nav-account = Konto
nav-applications = Anwendungen
nav-administration = Verwaltung
signed-in-as = Angemeldet als { $account }
sign-out = Abmelden
about-server = Über diesen Server

title-with-error = Fehler: { $title }

time = { $day }.{ $month }.{ $year }, { $hour }:{ $minute }{ "\u00A0" }UTC
time-to-the-second = { $day }.{ $month }.{ $year }, { $hour }:{ $minute }:{ $second }{ "\u00A0" }UTC
time-beyond = in ferner Zukunft

too-many-attempts = Zu viele Versuche.
wait-seconds = { $seconds ->
    [one] Versuchen Sie es in { $seconds } Sekunde wieder.
   *[other] Versuchen Sie es in { $seconds } Sekunden wieder.
  }
wait-minutes = { $minutes ->
    [one] Versuchen Sie es in { $minutes } Minute wieder.
   *[other] Versuchen Sie es in { $minutes } Minuten wieder.
  }
too-many-attempts-seconds = { $seconds ->
    [one] Zu viele Versuche. Versuchen Sie es in { $seconds } Sekunde wieder.
   *[other] Zu viele Versuche. Versuchen Sie es in { $seconds } Sekunden wieder.
  }
too-many-attempts-minutes = { $minutes ->
    [one] Zu viele Versuche. Versuchen Sie es in { $minutes } Minute wieder.
   *[other] Zu viele Versuche. Versuchen Sie es in { $minutes } Minuten wieder.
  }

scope-by-name = { $scope } verwenden
opens-in-new-tab = (öffnet sich in einem neuen Tab)
