# Was dieser Server ist.

home-title = OAuth-1.0a-Server
home-heading = Ein Server für OAuth{ "\u00A0" }1.0a
home-lede = Hier bitten Anwendungen um Zugriff auf Ihr Konto auf { $site }. Sie entscheiden, und Ihr Passwort erfahren die Anwendungen nicht. Jede Anfrage, die sie signieren, wird genau nach { $rfc } geprüft.
home-signed-in-as = Angemeldet als { $account }
home-signed-out = Sie sind nicht angemeldet.
home-existing = Für Anwendungen, die es schon gibt
home-existing-why = Niemand sollte eine neue öffentliche API mit OAuth{ "\u00A0" }1.0a beginnen; heute ist OAuth{ "\u00A0" }2 der Standard. Dieser Server ist für alle, deren Partner, Geräte und Läden OAuth{ "\u00A0" }1.0a sprechen und sich nicht ändern lassen.
home-endpoints = Endpunkte
home-endpoints-note = Anwendungen signieren Anfragen an { $url }, auch wenn ein Proxy dazwischensteht.
home-initiate = Vorläufige Zugangsdaten
home-authorize = Erlaubnis des Besitzers
home-token = Token
home-whoami = Wer bin ich (geschützt)
home-operate = Wenn Sie diesen Server betreiben
home-add-user = Legen Sie ein Konto an, für jemanden, der sich anmelden und Zugriff erlauben kann.
home-add-client = Legen Sie eine Anwendung an. Sie bekommt eine Kennung und, wenn sie keinen öffentlichen Schlüssel mitbringt, ein Geheimnis.
home-watch = Behalten Sie ihn im Auge.
home-healthz = läuft er?
home-readyz = kann er arbeiten?
home-help = Jeder Befehl erklärt sich mit { $flag }. Jede Ablehnung nennt einen Code und eine Seite mit Ursache und Abhilfe, zum Beispiel { $code }.
