# Was schiefging, und was man tun kann.

error-label = Fehler { $status }
error-next = Was Sie jetzt tun können
error-more = Mehr über { $code }
error-stopped = So geht es nicht weiter
error-start-again = Gehen Sie zur Anwendung zurück und beginnen Sie von vorn.
error-try-again = Gehen Sie zurück und versuchen Sie es noch einmal. Wenn Sie von einer Anwendung kamen, beginnen Sie dort von vorn.
error-sign-in-first = Melden Sie sich an und versuchen Sie es dann noch einmal.
error-allow-cookies = Erlauben Sie Cookies für diese Website, öffnen Sie das Formular noch einmal und senden Sie es neu ab.
error-use-https = Öffnen Sie diese Seite unter einer Adresse, die mit https:// beginnt.
error-home = Zur Startseite
error-to-sign-up = Zur Registrierung

error-address-incomplete = Die Adresse ist unvollständig.
error-form-incomplete = Das Formular ist unvollständig.
error-form-not-utf8 = Das Formular enthält Text, der kein UTF-8 ist.
error-form-forged = Das Formular ist abgelaufen oder kam von einer anderen Website.
error-signed-out = Sie sind nicht mehr angemeldet.
error-method = Diese Adresse nimmt diese Art von Anfrage nicht an.
error-unavailable = Der Dienst antwortet gerade nicht. Versuchen Sie es in einer Minute wieder.

error-nothing = Hier ist nichts
error-nothing-message = Unter dieser Adresse gibt es keine Seite.
error-nothing-advice = Prüfen Sie, ob in der Adresse ein Zeichen fehlt oder zu viel ist.

error-expired = Dieser Link ist abgelaufen
error-expired-message = Die Anfrage um Zugriff wurde nicht rechtzeitig beantwortet.
error-used = Dieser Link wurde schon benutzt
error-used-message = Die Anfrage um Zugriff wurde schon beantwortet, oder es gab sie nie.
error-client = Nicht verfügbar
error-client-message = Die Anwendung darf zurzeit nicht um Zugriff bitten.
error-insecure = Nicht über http
error-insecure-message = Diese Seite fragt nach Geheimnissen, und diese Verbindung ist nicht verschlüsselt.
error-busy = Überlastet
error-request-incomplete = Die Anfrage um Zugriff ist unvollständig.
