# Die Seiten, auf denen Administratoren sich um Anwendungen kümmern.

admin-applications-waiting = Was auf Freigabe wartet
admin-applications-register = Eine registrieren
admin-applications-deleted = Die Anwendung wurde gelöscht, mit allem Zugriff, den Menschen ihr gaben.
admin-applications-by-operators = von Betreibern geführt
admin-applications-since = seit { $time }
admin-applications-older = Ältere Anwendungen
admin-applications-id = Kennung des Clients
admin-applications-owner = Besitzer
admin-applications-status = Status
admin-applications-active = Aktiv
admin-applications-pending = Wartet auf Freigabe
admin-applications-rejected = Abgelehnt
admin-applications-suspended = Gesperrt
admin-applications-suspended-by-owner = Von ihrem Besitzer angehalten

admin-application-told-active = Die Anwendung lässt sich jetzt benutzen.
admin-application-told-rejected = Die Anwendung wurde abgelehnt; ihr Besitzer liest, warum.
admin-application-told-suspended = Die Anwendung ist gesperrt: Ihre Anfragen werden abgelehnt.
admin-application-told-changed = Die Anwendung wurde geändert.
admin-application-told-given = Die Anwendung hat jetzt einen anderen Besitzer.
admin-application-told-removed = Der Schlüssel wurde entfernt: Was damit signiert ist, wird abgelehnt.
admin-application-no-owner = Keiner: Betreiber führen sie
admin-application-access = Wer ihr Zugriff geben darf
admin-application-owner-only = Allein ihr Besitzer
admin-application-revision = Revision
admin-application-approve = Freigeben
admin-application-reject = Ablehnen
admin-application-suspend = Sperren
admin-application-resume = Entsperren
admin-application-change = Ändern
admin-application-change-owner = Besitzer ändern
admin-application-delete = Löschen
admin-application-fingerprint = SHA-256 über sein DER { $digits }
admin-application-usage = Wie sie signiert
admin-application-key-since = Schlüssel gültig seit
admin-application-first-used = Zuerst benutzt
admin-application-last-used = Zuletzt benutzt
admin-application-requests = Anfragen
admin-application-no-usage = Sie hat nichts signiert, soweit bekannt.
admin-application-granted = Was ihr erlaubt wurde

admin-approvals-title = Warten auf Freigabe
admin-approvals-oldest = Die älteste zuerst.
admin-approvals-more = { $count ->
    [one] Dahinter wartet noch { $count } weitere.
   *[other] Dahinter warten noch { $count } weitere.
  }
admin-approvals-none = Nichts wartet.
admin-approvals-reason = Warum nicht, für ihren Besitzer zu lesen

admin-reject-title = Anwendung ablehnen
admin-reject-told = Ihr Besitzer liest, warum, kann sie ändern, und dann wartet sie wieder.
admin-reject-reason = Warum
admin-reject-button = Ablehnen
admin-reject-no-reason = Sagen Sie, warum: Mehr erfährt der Besitzer nicht.
admin-reject-bad-reason = Eine Begründung hat höchstens 1000 Bytes und keine Zeichen, die andere verstecken oder umkehren.

admin-owner-title = Besitzer ändern
admin-owner-stays = Sie ist für die eigenen Skripte ihres Besitzers und bleibt seine.
admin-owner-now = Jetzt gehört sie { $owner }. Dieses Konto kann sie dann weder sehen noch ändern.
admin-owner-keys = Ihre Geheimnisse und Schlüssel bleiben gültig: Wer sie übernimmt, sollte sie ersetzen.
admin-owner-to = Benutzername des neuen Besitzers
admin-owner-confirm = Zur Bestätigung: die Kennung des Clients { $id }
admin-owner-button = Übergeben
admin-owner-none = Es gibt kein anderes Konto mit diesem Namen, das sich anmelden darf.
admin-owner-refused = An dieses Konto kann sie nicht gegeben werden.
admin-owner-scripts = Eine Anwendung für die eigenen Skripte ihres Besitzers bleibt seine.

admin-key-remove-newer = Das neuere Geheimnis oder den neueren Schlüssel entfernen
admin-key-remove-older = Das ältere Geheimnis oder den älteren Schlüssel entfernen
admin-key-remove-told = Was damit signiert ist, wird von da an abgelehnt. Die Seite der Anwendung sagt, wann es zuletzt benutzt wurde.
admin-key-remove = Entfernen

admin-delete-title = Anwendung löschen
admin-delete-told = Aller Zugriff, den Menschen ihr gaben, endet für immer. Nichts bringt ihn zurück.
admin-delete-button = Löschen

admin-register-no-account = Es gibt kein Konto mit diesem Namen, das sich anmelden darf.
