# Das Konto: sein Passwort, wo es angemeldet ist, und wem es Zugriff gab.

account-title = Konto
account-signed-in-as = Sie sind angemeldet als { $account }
account-password-changed = Ihr Passwort wurde geändert, und Sie sind überall sonst abgemeldet.
account-others-ended = Sie sind überall sonst abgemeldet.
account-session-ended = Diese Sitzung ist beendet.
account-session-gone = Diese Sitzung war schon beendet.

account-password = Passwort
account-current = Aktuelles Passwort
account-new = Neues Passwort mit mindestens 8 Zeichen
account-again = Neues Passwort, noch einmal
account-password-note = Sie werden überall sonst abgemeldet. Anwendungen behalten den Zugriff, den Sie ihnen gegeben haben.
account-change-password = Passwort ändern
account-no-password = Dieses Konto hat hier kein Passwort: Sie melden sich auf andere Weise an.
account-password-wrong = Das aktuelle Passwort ist falsch.

account-sessions = Wo Sie angemeldet sind
account-browser-unknown = Ein unbekannter Browser
account-browser = { $browser } auf { $system }
account-this-one = dieser hier
account-session-since = Angemeldet
account-session-seen = Zuletzt gesehen
account-session-from = Von
account-end = Beenden
account-end-which = Sitzung { $number } von { $all }
account-end-others = Alle anderen beenden

connections-title = Verbundene Anwendungen
connections-lede = Was Sie Anwendungen in Ihrem Namen erlaubt und nicht zurückgenommen haben.
connections-revoked = Der Zugriff wurde entzogen. Ab jetzt wird er verweigert.
connections-gone = Dieser Zugriff war schon beendet.
connections-none = Keine Anwendung hat Zugriff auf Ihr Konto.
connections-can = Sie kann
connections-no-scopes = nutzen, was { $site } jeder Anwendung bietet, der Sie Zugriff geben
connections-since = Seit
connections-last-used = Zuletzt benutzt
connections-not-yet = Noch nicht
connections-ends = Endet
connections-revoke = Entziehen
connections-revoke-only = den Zugriff von { $name }
connections-revoke-one = den Zugriff von { $name }, { $number } von { $all }
connections-older = { $count ->
    [one] Und { $count } älterer.
   *[other] Und { $count } ältere.
  }
connections-revoke-all = Alle { $all } entziehen
connections-revoke-all-of = von { $name }
