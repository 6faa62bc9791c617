# Eine Seite für jeden Fehlercode: was er bedeutet, woher er kommt, was hilft. Für alle, die Anwendungen schreiben.

help-status = Status { $status }
help-causes = Übliche Ursachen
help-remedy = Was hilft
help-for-whom = Diese Seite ist für alle, die Anwendungen schreiben. Die Regeln stehen in { $rfc }.

help-parameter_absent = Ein Parameter des Protokolls fehlt; bei Status 401 fehlen alle.
    .cause-1 = Der Client hat die Anfrage nicht signiert
    .cause-2 = Ein Proxy hat das Feld Authorization entfernt
    .cause-3 = Ein Formular im Rumpf hat den Server nicht erreicht
    .remedy-1 = Ergänzen Sie, was oauth_parameters_absent nennt
    .remedy-2 = Lassen Sie den Proxy das Feld Authorization weitergeben

help-parameter_rejected = Ein Parameter ist falsch geschrieben, kam zweimal oder kam von zwei Stellen.
    .cause-1 = Derselbe oauth_-Parameter steht im Header und in der Query
    .cause-2 = Eine kaputte Prozentkodierung
    .cause-3 = Ein Zeitstempel, der nicht nur aus Ziffern besteht
    .cause-4 = Nicht genau ein Feld Host, oder weitergeleitete Felder, die sich widersprechen
    .remedy-1 = Senden Sie alle Parameter des Protokolls an einer Stelle, jeden einmal
    .remedy-2 = Kodieren Sie jeden Wert einmal mit Prozentzeichen

help-version_rejected = oauth_version ist da und lautet nicht 1.0.
    .cause-1 = Der Client sendet 1.0a oder 1.0A: So heißt das Protokoll, aber keine Version
    .cause-2 = Der Client spricht ein anderes Protokoll
    .remedy-1 = Senden Sie 1.0, oder lassen Sie den Parameter weg

help-signature_method_rejected = Die Signaturmethode wird nicht angenommen oder passt nicht zum Schlüssel des Clients.
    .cause-1 = PLAINTEXT ohne TLS oder ohne Erlaubnis
    .cause-2 = RSA bei einem Client mit Geheimnis, HMAC bei einem Client mit öffentlichem Schlüssel
    .cause-3 = Der Client ist auf andere Methoden beschränkt
    .remedy-1 = Verwenden Sie eine der Methoden, die die Antwort nennt

help-insecure_transport = Die Anfrage kam über http.
    .cause-1 = Die URL beginnt mit http://
    .cause-2 = Ein Proxy beendet TLS und sagt es nicht, oder ihm wird nicht vertraut
    .remedy-1 = Verwenden Sie https
    .remedy-2 = Der Betreiber setzt trusted_proxies oder tls_terminated_upstream

help-callback_rejected = Der Callback ist keiner, den der Client nennen darf.
    .cause-1 = Er ist nicht registriert: Schema, Host, Port und Pfad müssen gleich sein
    .cause-2 = oob ist diesem Client nicht erlaubt
    .remedy-1 = Registrieren Sie den Callback, Buchstabe für Buchstabe so, wie er gesendet wird

help-body_required = Ein Rumpf ist signiert, hat den Server aber nicht ganz erreicht.
    .cause-1 = Die Verbindung brach ab
    .cause-2 = Ein Proxy fragt nach Erlaubnis, ohne den Rumpf weiterzugeben
    .remedy-1 = Senden Sie die Anfrage noch einmal
    .remedy-2 = Lassen Sie den Proxy den Rumpf weitergeben, oder stellen Sie diesen Server selbst vor den Pfad

help-consumer_key_unknown = Kein Client hat diesen oauth_consumer_key.
    .cause-1 = Ein Tippfehler
    .cause-2 = Der Client wurde entfernt
    .cause-3 = Der Schlüssel gehört zu einem anderen Server
    .remedy-1 = Vergleichen Sie den Schlüssel mit dem, der ausgegeben wurde

help-consumer_key_refused = Der Client ist gesperrt oder wartet auf Freigabe.
    .cause-1 = Ein Betreiber hat so entschieden
    .remedy-1 = Fragen Sie den Betreiber

help-token_rejected = Dieser Client kann das oauth_token nicht verwenden.
    .cause-1 = Es ist unbekannt
    .cause-2 = Es gehört einem anderen Client
    .cause-3 = Vorläufige Zugangsdaten wurden schon eingelöst
    .cause-4 = Das Konto des Besitzers ist gesperrt
    .remedy-1 = Beginnen Sie neu mit vorläufigen Zugangsdaten

help-token_expired = Das oauth_token ist zu alt.
    .cause-1 = Vorläufige Zugangsdaten wurden nicht rechtzeitig eingelöst
    .cause-2 = Token dieses Servers laufen nach einiger Zeit ab
    .remedy-1 = Beginnen Sie neu mit vorläufigen Zugangsdaten

help-token_revoked = Das Token wurde entzogen.
    .cause-1 = Sein Besitzer oder ein Betreiber hat es entzogen
    .remedy-1 = Bitten Sie den Besitzer noch einmal

help-signature_invalid = Die Signatur passt nicht zu dem, was der Server bekommen hat.
    .cause-1 = Ein falsches Geheimnis des Clients oder des Tokens
    .cause-2 = Ein Proxy hat Schema, Host, Port oder Pfad geändert
    .cause-3 = Ein Parameter kam unterwegs dazu, ging verloren oder wurde anders kodiert
    .cause-4 = Das Formular im Rumpf wurde nicht signiert oder mit anderem Medientyp gesendet
    .cause-5 = Kodierung: Ein Leerzeichen muss im Basisstring %20 sein, und jedes Byte von UTF-8 wird kodiert
    .remedy-1 = Vergleichen Sie Methode, URI und Parameternamen der Antwort mit dem, was der Client signiert hat
    .remedy-2 = Vergleichen Sie dann beide Geheimnisse
    .remedy-3 = Kodieren Sie jedes Geheimnis, bevor Sie beide mit & verbinden

help-timestamp_refused = oauth_timestamp liegt zu weit von der Uhr des Servers.
    .cause-1 = Die Uhr des Clients geht falsch
    .cause-2 = Der Zeitstempel ist in Millisekunden oder in Ortszeit
    .cause-3 = Die Anfrage hat in einer Warteschlange gewartet
    .remedy-1 = Stellen Sie die Uhr per NTP; senden Sie Sekunden seit 1970 UTC

help-nonce_used = Diese Kombination aus Nonce, Zeitstempel, Client und Token wurde schon einmal angenommen.
    .cause-1 = Die Anfrage wurde zweimal gesendet, vom Client oder von etwas dazwischen
    .cause-2 = Die Nonces des Clients wiederholen sich
    .remedy-1 = Erzeugen Sie für jede Anfrage eine neue zufällige Nonce, auch bei Wiederholungen

help-permission_unknown = Der Besitzer hat noch nicht geantwortet.
    .cause-1 = Der Client wollte einlösen, bevor der Besitzer zugestimmt hatte
    .remedy-1 = Warten Sie auf den Callback oder auf den Code

help-user_refused = Der Besitzer hat abgelehnt.
    .cause-1 = Er hat „Ablehnen“ gewählt
    .remedy-1 = Fragen Sie nur dann wieder, wenn er es wünscht

help-verifier_invalid = oauth_verifier ist nicht der, der ausgegeben wurde.
    .cause-1 = Ein Tippfehler
    .cause-2 = Ein Verifier einer anderen Anfrage
    .remedy-1 = Senden Sie den Verifier dieser Anfrage; nach fünf falschen beginnen Sie neu

help-permission_denied = Client und Token sind echt, dürfen dies aber nicht.
    .cause-1 = Dem Token fehlt die Berechtigung
    .cause-2 = Der Client darf nicht ohne Token aufrufen
    .remedy-1 = Bitten Sie den Besitzer um die Berechtigung

help-method_not_allowed = Der Endpunkt nimmt eine andere HTTP-Methode.
    .cause-1 = GET, wo POST nötig ist
    .remedy-1 = Verwenden Sie, was das Feld Allow nennt

help-body_too_large = Das Formular im Rumpf ist größer als erlaubt.
    .cause-1 = Eine Datei wurde als Formularfeld gesendet
    .remedy-1 = Senden Sie großen Inhalt mit einem anderen Medientyp: Dann wird er nicht signiert

help-rate_limited = Zu viele Anfragen.
    .cause-1 = Der Client sendet mehr, als der Betreiber erlaubt
    .remedy-1 = Warten Sie so lange, wie Retry-After sagt

help-store_unavailable = Der Server erreicht nicht, was er sich merkt.
    .cause-1 = Eine Datenbank oder ihre Platte antwortet nicht
    .remedy-1 = Versuchen Sie es gleich wieder, mit einer neuen Nonce
