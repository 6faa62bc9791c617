# Die Seiten der Verwaltung: ihr Rahmen, was jemanden braucht, und was alle von ihnen sagen.

admin-overview = Übersicht
admin-accounts = Konten
admin-applications = Anwendungen
admin-tokens = Token
admin-audit = Protokoll
admin-usage = Nutzung

admin-lede = Worum sich { $site } kümmert, und was davon Sie braucht.
admin-count-pending = Anwendungen, die auf Freigabe warten
admin-count-suspended = Gesperrte Anwendungen
admin-count-weak = Anwendungen, die in den letzten dreißig Tagen mit SHA-1 oder PLAINTEXT signierten
admin-count-replays = Signierte Anfragen, die am letzten Tag ein zweites Mal kamen
admin-count-accounts = Konten
admin-count-administrators = Administratoren
admin-count-disabled = Deaktivierte Konten
admin-none = Keine
admin-at-least = { $number } oder mehr

admin-filter-any = Alle
admin-filter-yes = Ja
admin-filter-no = Nein
admin-filter-show = Anzeigen
admin-filter-name = Name enthält
admin-filter-too-long = Ein Filter hat höchstens 255 Bytes und keine Steuerzeichen.
admin-filter-unknown = Ein Filter ist keiner von denen, die die Seite anbietet.
admin-filter-bad-client = Das ist keine Kennung eines Clients.
admin-filter-bad-page = Die Adresse dieser Seite der Liste ist unvollständig.
admin-none-of-that-kind = Davon gibt es nichts.

admin-confirm-name = Zur Bestätigung: der Name von oben
admin-leave = So lassen, wie es ist
admin-shown-once-copy = Kopieren
admin-shown-once-note = Es wird nur dieses eine Mal angezeigt: Geben Sie es weiter, für wen es bestimmt ist, und dort, wo niemand sonst es liest. Ein Klick markiert es ganz.
admin-shown-once-done = Fertig

admin-not-done = Nicht ausgeführt
admin-not-done-advice = Gehen Sie zurück, laden Sie die Seite neu, und sehen Sie, wie es jetzt steht.
admin-refused-twice = Das gibt es unter diesem Namen schon. Vielleicht wurde dieses Formular zweimal gesendet.
admin-refused-stale = Jemand hat es geändert, seit Sie es angesehen haben, und nichts wurde ausgeführt.
admin-refused-already = Das ist schon geschehen.
admin-refused-last = Es ist der letzte Administrator, der sich anmelden kann. Ernennen Sie erst einen anderen.
admin-refused-active = Die Anwendung ist inzwischen aktiv.
admin-refused-pending = Die Anwendung wartet inzwischen auf Freigabe.
admin-refused-rejected = Die Anwendung ist inzwischen abgelehnt.
admin-refused-suspended = Die Anwendung ist inzwischen gesperrt.
admin-refused-own = Das ist Ihr eigenes Konto. Ein anderer Administrator kann das tun, wenn es so gemeint ist.
