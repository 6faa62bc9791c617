# Die Seiten, auf denen Administratoren Token, Ereignisse und Nutzung finden.

admin-log-client = Kennung des Clients
admin-log-account = Konto
admin-log-application = Anwendung
admin-log-no-more = Weiteres gibt es nicht.
admin-log-export = Mitnehmen
admin-log-export-note = Alles, was der Filter durchlässt, von allen Seiten.
admin-log-export-recorded = Alles, was der Filter durchlässt, von allen Seiten. Dass Sie es mitnehmen, wird festgehalten.
admin-log-lines = JSON Lines
admin-log-sheet = CSV
admin-log-bad-day = Ein Tag wird als 2026-12-31 geschrieben, von 1970-01-01 bis 9999-12-31.
admin-log-bad-format = Eine Datei ist entweder jsonl oder csv.
admin-log-no-file = Diese Datei lässt sich gerade nicht erzeugen.
admin-log-old-http = Diese Datei braucht HTTP/1.1 oder neuer zwischen dem Server und dem, was vor ihm steht: Über HTTP/1.0 sieht eine abgeschnittene Datei wie eine ganze aus.
admin-log-bad-address = Die Adresse dieser Seite ist unvollständig.

admin-tokens-lede = Token: was Anwendungen im Namen von Konten tun dürfen. Sie heißen nach ihrer Nummer, wie im Protokoll.
admin-tokens-ended = { $count ->
    [0] Es war schon beendet.
    [one] Eines wurde entzogen. Ab jetzt wird es abgelehnt.
   *[other] { $count } wurden entzogen. Ab jetzt werden sie abgelehnt.
  }
admin-tokens-revoke-these = Alle diese entziehen
admin-tokens-older = Ältere Token
admin-token-number = Nr. { $record }
admin-token-active = aktiv
admin-token-revoked = entzogen
admin-token-expired = abgelaufen
admin-token-disabled = Konto deaktiviert
admin-token-since = Seit
admin-token-last-used = Zuletzt benutzt
admin-token-never-used = Nie, soweit bekannt
admin-token-expires = Läuft ab
admin-token-never-expires = Nie
admin-token-revoke = Entziehen

admin-revoke-title = Entziehen
admin-revoke-one = Nr. { $record } entziehen
admin-revoke-many = { $count ->
    [one] Ein Token entziehen
   *[other] { $count } Token entziehen
  }
admin-revoke-one-gone = Unter dieser Nummer gibt es kein Token, das noch zu benutzen wäre.
admin-revoke-many-gone = Keines davon wäre noch zu benutzen.
admin-revoke-one-told = Wer es benutzt, wird von da an abgelehnt und muss neu um Zugriff bitten.
admin-revoke-many-told = Wer sie benutzt, wird von da an abgelehnt und muss neu um Zugriff bitten. Was ausgestellt wird, bevor Sie bestätigen, wird auch entzogen.
admin-revoke-all-tokens = Alle Token
admin-revoke-every-application = Jede
admin-revoke-every-account = Jedes
admin-revoke-confirm-number = Zur Bestätigung: die Nummer
admin-revoke-confirm-client = Zur Bestätigung: die Kennung des Clients
admin-revoke-confirm-account = Zur Bestätigung: der Name des Kontos
admin-revoke-keep-one = Behalten
admin-revoke-keep-many = Behalten
admin-revoke-incomplete = Es ist nicht gesagt, welche Token enden sollen.

admin-audit-lede = Was geschah, das Neueste zuerst. Nichts davon lässt sich ändern.
admin-audit-event = Ereignis
admin-audit-actor = Wer es tat
admin-audit-first-day = Erster Tag, in UTC
admin-audit-last-day = Letzter Tag, in UTC
admin-audit-token = Token
admin-audit-by = Durch
admin-audit-from = Von
admin-audit-detail = Näheres
admin-audit-no-older = Älteres gibt es nicht.
admin-audit-none = Nichts dergleichen ist festgehalten.
admin-audit-older = Ältere Ereignisse
admin-audit-forgotten = Ältere Ereignisse werden nicht behalten: Welche wurden am { $time } gelöscht.
admin-audit-deletions = Wann Ereignisse gelöscht wurden

admin-usage-lede = Wer wie signiert, mit welchem Schlüssel. Was enden sollte, steht zuerst. Eine Anwendung, die nie eine Anfrage signierte, steht nicht hier.
admin-usage-total = { $weak ->
    [one] { $total } insgesamt, davon sollte { $weak } enden.
   *[other] { $total } insgesamt, davon sollten { $weak } enden.
  }
admin-usage-none = Nichts dergleichen wurde gesehen.
admin-usage-bits = { $bits } Bit
admin-usage-plaintext = PLAINTEXT.
admin-usage-plaintext-advice = Das Geheimnis reist mit jeder Anfrage. Lassen Sie die Anwendung mit HMAC-SHA256 signieren, und geben Sie ihr dann ein neues Geheimnis.
admin-usage-small-key = Ein kleiner Schlüssel.
admin-usage-small-key-advice = Wer einen RSA-Schlüssel bricht, signiert als diese Anwendung, und unter 2048 Bit ist das erreichbar. Fügen Sie einen größeren hinzu, und entfernen Sie diesen, sobald ihn nichts mehr benutzt.
admin-usage-sha1 = SHA-1.
admin-usage-sha1-hmac-advice = Hier hält es noch, aber überall wird es abgeschafft. Lassen Sie die Anwendung mit HMAC-SHA256 signieren: Das Geheimnis bleibt dasselbe.
admin-usage-sha1-rsa-advice = Zwei Texte mit einer Signatur lassen sich gezielt herstellen. Lassen Sie die Anwendung mit RSA-SHA256 signieren: Der Schlüssel bleibt derselbe.
admin-usage-last-seen = Zuletzt gesehen
admin-usage-first-seen = Zuerst gesehen
admin-usage-requests = Anfragen
admin-usage-key = Schlüssel vom
admin-usage-further = Weitere Nutzung
admin-usage-weak = Sollte enden
admin-usage-method = Signaturmethode
admin-usage-since = Gesehen seit, in UTC
admin-usage-weak-any = Alles, was enden sollte
admin-usage-weak-plaintext = PLAINTEXT
admin-usage-weak-key = RSA-Schlüssel unter 2048 Bit
admin-usage-weak-sha1 = SHA-1
admin-usage-weak-none = Nichts, was enden sollte
