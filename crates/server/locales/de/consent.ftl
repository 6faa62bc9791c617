# Eine Anwendung bittet um Zugriff, und was aus der Antwort folgt.

consent-title = Zugriff erlauben?
consent-heading = { $name } bittet um Zugriff auf Ihr Konto
consent-scopes = Wenn Sie es erlauben, kann die Anwendung
consent-no-scopes = nutzen, was { $site } jeder Anwendung bietet, der Sie Zugriff geben. Weitere Rechte bekommt sie nicht.
consent-no-password = Ihr Passwort erfährt sie nicht.
consent-signed-in-as = Sie sind angemeldet als
consent-not-you = Nicht Sie?
consent-switch = Konto wechseln
consent-destination = Nach Ihrer Antwort kommen Sie zu
consent-if-allowed = Wenn Sie es erlauben
consent-code = Sie bekommen einen Code, den Sie in { $name } eingeben.
consent-advice = Wenn Sie das nicht gerade selbst begonnen haben, wählen Sie „Ablehnen“.
consent-deny = Ablehnen
consent-allow = Erlauben
consent-choose = Wählen Sie „Erlauben“ oder „Ablehnen“.
consent-owner-only = Diese Anwendung gehört nur ihrem Besitzer. Wenn das ein anderes Konto von Ihnen ist, wechseln Sie dorthin.
consent-incomplete = Dieser Link ist unvollständig: Er sagt nicht, zu welcher Anfrage er gehört.

verifier-title = Ihr Code
verifier-lede = Geben Sie ihn in { $name } ein, um abzuschließen.
verifier-copy = Code kopieren
verifier-select = Ein Klick markiert ihn ganz. Seine Buchstaben sind alle groß.
verifier-once = { $minutes ->
    [one] Der Code gilt einmal und noch eine Minute lang.
   *[other] Der Code gilt einmal und noch { $minutes } Minuten lang.
  }
verifier-once-seconds = { $seconds ->
    [one] Der Code gilt einmal und noch eine Sekunde lang.
   *[other] Der Code gilt einmal und noch { $seconds } Sekunden lang.
  }
verifier-nobody = Geben Sie ihn nur in der Anwendung ein, in der Sie begonnen haben. Schicken Sie ihn niemandem, wer auch fragt.
verifier-close = Sie können diese Seite schließen, sobald die Anwendung den Code hat.

denied-title = Zugriff abgelehnt
denied-heading = Sie haben den Zugriff abgelehnt
denied-lede = Durch diese Anfrage bekommt die Anwendung keinen Zugriff auf Ihr Konto.
denied-close = Sie können diese Seite schließen. Wenn Sie es sich anders überlegen, beginnen Sie in der Anwendung von vorn: Auf eine Anfrage gibt es nur eine Antwort.

own-pages-over = Diese Bitte um Zugriff ist beendet oder wurde in einem anderen Browser begonnen.
own-pages-disabled = Ihr Konto hier ist gesperrt.
own-pages-not-theirs = Diese Anwendung gehört allein ihrem Besitzer: Melden Sie sich als die Person an, die sie registriert hat.
