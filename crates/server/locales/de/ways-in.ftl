# Anmelden ohne ein Passwort dieses Servers: über einen Proxy davor, und über andere Stellen, die sagen, wer jemand ist.

ways-sign-in-with = Mit { $issuer } anmelden
ways-proxy-silent = Sie melden sich beim Proxy vor dieser Website an, und er sagt nicht, wer Sie sind.
ways-no-password = Hier meldet sich niemand mit einem Passwort an.

ways-leaving-title = Weiter
ways-leaving-heading = Weiter zu { $issuer }
ways-leaving-lede = Sie kommen hierher zurück, sobald Sie sich dort angemeldet haben.
ways-leaving-go = Weiter

ways-proxy-still-knows = Der Proxy vor dieser Website weiß weiterhin, wer Sie sind: Die nächste Seite, die Sie hier öffnen, meldet Sie wieder an.
ways-proxy-sign-out = Auch dort abmelden

ways-title = Andere Wege, sich anzumelden
ways-connected = Sie können sich ab jetzt auf diesem Weg anmelden.
ways-disconnected = Auf diesem Weg kann sich niemand mehr anmelden.
ways-known-as = Dort bekannt als
ways-since = Verbunden
ways-disconnect = Trennen
ways-disconnect-which = Identität { $number } von { $all }
ways-only = Dies ist der einzige Weg in dieses Konto, deshalb bleibt er.
ways-connect-with = Mit { $issuer } verbinden
ways-of-another = Diese Identität ist hier mit einem anderen Konto verbunden.
ways-only-left = Dies ist der einzige Weg, der noch in dieses Konto führt.

ways-not-signed-in = Sie sind nicht angemeldet
ways-to-sign-in = Zur Anmeldeseite
ways-name = Name
ways-disabled = Ihr Konto ist gesperrt.
ways-proxy-unclear = Der Proxy vor dieser Website sagt nicht eindeutig, wer Sie sind.
ways-proxy-no-account = Der Proxy vor dieser Website kennt Sie unter einem Namen, den hier kein Konto hat.
ways-not-begun = Diese Anmeldung wurde nicht in diesem Browser begonnen, war schon beendet oder hat zu lange gedauert.
ways-another-issuer = Ein anderer Aussteller als { $issuer } hat Sie zurückgeschickt.
ways-not-let-in = Sie haben sich bei { $issuer } nicht angemeldet oder wurden dort nicht zugelassen.
ways-issuer-silent = { $issuer } hat Sie zurückgeschickt, ohne zu sagen, wer Sie sind.
ways-issuer-away = { $issuer } antwortet gerade nicht so, wie es sein sollte.
ways-issuer-refused = { $issuer } kennt diese Anmeldung nicht, oder sie wurde schon benutzt.
ways-issuer-unbelievable = Was { $issuer } über Sie sagt, ist nicht glaubwürdig.
ways-not-connected = Kein Konto hier ist mit Ihrem bei { $issuer } verbunden.
ways-no-name = { $issuer } sagt nicht, welchen Namen ein Konto von Ihnen haben soll.
ways-bad-name = Den Namen, den { $issuer } Ihnen gibt, kann hier kein Konto haben.
ways-name-taken = Den Namen, den { $issuer } Ihnen gibt, hat hier schon ein anderes Konto.
ways-begin-again = Beginnen Sie von vorn.
ways-try-again = Versuchen Sie es noch einmal, oder melden Sie sich auf andere Weise an.
ways-try-in-a-minute = Versuchen Sie es in einer Minute wieder, oder melden Sie sich auf andere Weise an.
ways-ask-why = Fragen Sie die Betreiber dieser Website nach dem Grund.
ways-ask-for-account = Bitten Sie die Betreiber dieser Website um ein Konto.
ways-ask-for-name = Bitten Sie die Betreiber dieser Website um ein Konto mit diesem Namen.
ways-connect-first = Wenn Sie hier ein Konto haben, melden Sie sich darin auf andere Weise an und verbinden Sie die beiden auf der Seite des Kontos.
ways-connect-if-yours = Wenn dieses Konto Ihnen gehört, melden Sie sich darin auf andere Weise an und verbinden Sie die beiden auf der Seite des Kontos.
