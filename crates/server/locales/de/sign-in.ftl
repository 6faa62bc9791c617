# Anmelden, registrieren, abmelden.

sign-in-title = Anmelden
sign-in-lede = bei Ihrem Konto auf { $site }
sign-in-username = Benutzername
sign-in-password = Passwort
sign-in-button = Anmelden
sign-in-no-account = Noch kein Konto?
sign-in-wrong = Name oder Passwort ist falsch.
sign-in-name-too-long = Der Name ist zu lang.

sign-up-title = Registrieren
sign-up-lede = für ein Konto auf { $site }
sign-up-invitation = Einladung
sign-up-username = Benutzername
sign-up-password = Passwort mit mindestens 8 Zeichen
sign-up-again = Passwort, noch einmal
sign-up-button = Registrieren
sign-up-has-account = Sie haben schon ein Konto?
sign-up-too-many = Zu viele Versuche von Ihrer Adresse.
sign-up-name-taken = Dieser Name ist vergeben: Wählen Sie einen anderen.
sign-up-not-invited = Diese Einladung ist unbekannt, abgelaufen oder schon benutzt: Bitten Sie um eine neue.

name-blank = Ein Name hat mindestens ein sichtbares Zeichen.
name-empty = Ein Name hat mindestens ein Zeichen.
name-too-long = Ein Name ist höchstens 255 Bytes lang.
name-control = Ein Name enthält keine Steuerzeichen.
name-space = Ein Name beginnt und endet nicht mit einem Leerzeichen.
name-hides = Ein Name enthält keine unsichtbaren Zeichen und keine, die andere umkehren.

password-too-short = Ein Passwort hat mindestens 8 Zeichen.
password-differs = Die beiden neuen Passwörter stimmen nicht überein.

signed-out-title = Abgemeldet
signed-out-heading = Sie sind abgemeldet
signed-out-lede = Anwendungen behalten den Zugriff, den Sie ihnen gegeben haben.
signed-out-again = Wieder anmelden
