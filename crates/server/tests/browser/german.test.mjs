// Every page in German, whose words are longer, on the narrowest phone.

import { before, test } from 'node:test'
import { signed, startBrowser, startServer } from './support.mjs'
import { begin, look, visit } from './walk.mjs'

const password = 'correct horse battery'

let server, browser, client

before(async () => {
  server = begin(await startServer('applications = "proposed"'))
  await server.run(['user', 'add', 'ada', '--admin', '--password-stdin'], password)
  await server.run(['user', 'add', 'jane', '--password-stdin'], password)
  client = JSON.parse(await server.run(['client', 'add', '--name', 'Drucker', '--callback', 'http://127.0.0.1/ready', '--allow-oob', '--scope', 'photos', '--json']))
  browser = begin(await startBrowser())
}, { timeout: 60_000 })

const submit = (page) => page.locator('main form button[type=submit]').first().click()

// No word of the page is relied on: it may change in any language.
async function signIn(page, name) {
  await page.locator('#username').fill(name)
  await page.locator('#password').fill(password)
  await Promise.all([page.waitForURL((url) => url.pathname !== '/login'), submit(page)])
}

for (const [width, colorScheme] of [[320, 'light'], [360, 'light'], [1280, 'dark']]) {
  test(`pages in German at ${width} px`, { timeout: 180_000 }, async (t) => {
    const options = { locale: 'de-DE', colorScheme, viewport: { width, height: 800 } }
    const page = await visit(t, browser, options)
    const seen = (what) => t.test(what, async () => {
      await page.locator('html[lang=de]').waitFor()
      await look(page, `german, ${what}`, colorScheme)
    })
    const all = async (...paths) => {
      for (const path of paths) {
        await page.goto(server.base + path)
        await seen(path)
      }
    }

    await all('/', '/login', '/signup', '/help/signature_invalid', '/nowhere', '/denied')
    await page.goto(`${server.base}/login?next=/developers/new`)
    await signIn(page, 'jane')
    await page.locator('#name').fill('Fotos von Beispielstadt')
    await page.locator('#callbacks').fill('http://127.0.0.1/ready')
    await submit(page)
    await page.locator('.once').first().waitFor()
    await seen('secret')
    const id = await page.locator('.once').first().textContent()
    const at = `/developers/applications/${id}`
    await all('/developers', '/developers/new', at, ...['edit', 'keys', 'callback', 'transfer', 'delete'].map((what) => `${at}/${what}`))

    const temporary = await signed(`${server.base}/oauth/initiate`, client, { oauth_callback: 'oob' })
    await page.goto(`${server.base}/oauth/authorize?oauth_token=${temporary.oauth_token}`)
    await seen('consent')
    await page.locator('button[value=grant]').click()
    await page.locator('#verifier').waitFor()
    await seen('verifier')
    const verifier = await page.locator('#verifier').textContent()
    await signed(`${server.base}/oauth/token`, client, { oauth_verifier: verifier }, temporary)
    await all('/account', '/account/connections')

    const administrator = await visit(t, browser, options)
    await administrator.goto(`${server.base}/admin`)
    await signIn(administrator, 'ada')
    const paths = [
      '', '/accounts', '/accounts/new', '/accounts/@jane', '/accounts/@jane/disable', '/accounts/@jane/role',
      '/accounts/@jane/password', '/invitations', '/approvals', '/applications', '/applications/new',
      ...['', '/edit', '/owner', '/delete', '/reject', '/keys'].map((below) => `/applications/@${id}${below}`),
      '/tokens', `/tokens/revoke?client=${client.client_id}`, '/audit', '/usage',
    ]
    for (const path of paths) {
      await t.test(`/admin${path}`, async () => {
        await administrator.goto(`${server.base}/admin${path}`)
        await administrator.locator('html[lang=de]').waitFor()
        await look(administrator, `german, admin${path}`, colorScheme)
      })
    }
  })
}
