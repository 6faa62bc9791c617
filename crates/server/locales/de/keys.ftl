# Geheimnisse und Schlüssel von Anwendungen.

key-secret = Geheimnis
key-rsa = Öffentlicher RSA-Schlüssel, { $bits } Bit

key-add-key = Weiteren Schlüssel hinzufügen
key-add-secret = Weiteres Geheimnis hinzufügen
key-add-lede = Was { $name } jetzt hat, bleibt gültig, bis Sie es entfernen.
key-two-already = Es gibt schon zwei. Entfernen Sie erst eines davon.
key-public-key = Öffentlicher Schlüssel
key-public-key-hint = PEM: ein öffentlicher Schlüssel oder ein X.509-Zertifikat, mindestens 2048 Bit. Niemals ein privater Schlüssel.
key-file = Oder seine Datei
key-add = Hinzufügen
key-shown-once = Es wird einmal angezeigt.
key-make = Erzeugen

key-registered = Die Anwendung ist registriert
key-added = Der neue Schlüssel gilt
key-token = Ein Token für Ihre eigenen Skripte
key-client-id = Kennung des Clients
key-client-secret = Geheimnis des Clients
key-token-id = Token
key-token-secret = Geheimnis des Tokens
key-copy-client-id = Kennung des Clients kopieren
key-copy-client-secret = Geheimnis des Clients kopieren
key-copy-token-id = Token kopieren
key-copy-token-secret = Geheimnis des Tokens kopieren
key-copied = Kopiert
key-keep = Das Geheimnis wird nur dieses eine Mal angezeigt: Bewahren Sie es jetzt auf, wo niemand sonst es liest. Ein Klick markiert es ganz.
key-to-application = Zur Anwendung

key-private = Das ist ein privater Schlüssel, und er wurde nicht behalten. Ihre Maschine hat er trotzdem verlassen: Erzeugen Sie ein neues Paar, und fügen Sie dessen öffentlichen Schlüssel ein.
key-other-algorithm = Das ist ein öffentlicher Schlüssel, aber keiner von RSA. Gebraucht wird ein RSA-Schlüssel mit mindestens 2048 Bit, als PEM.
key-ssh = Das ist ein Schlüssel, wie ssh ihn schreibt. Gebraucht wird er als PEM, das dieser Befehl ausgibt: { $command }
key-not-chosen = Sie haben einen öffentlichen Schlüssel angegeben, aber ein Geheimnis gewählt. Wählen Sie den RSA-Schlüssel, und geben Sie ihn noch einmal an, oder lassen Sie ihn weg.
key-unreadable = Das ist kein öffentlicher RSA-Schlüssel mit 2048 bis 8192 Bit. Er beginnt mit -----BEGIN PUBLIC KEY-----, -----BEGIN RSA PUBLIC KEY----- oder -----BEGIN CERTIFICATE-----.
key-too-small = Der Schlüssel hat { $bits } Bit, weniger als { $minimum }.
key-most = Es gibt schon zwei, oder dieses Formular wurde zweimal gesendet. Entfernen Sie erst einen.
key-last = Er ist schon entfernt, oder er ist der letzte: Fügen Sie erst einen anderen hinzu.
key-other-kind = Eine Anwendung bleibt bei der Art Schlüssel, die sie hat.
