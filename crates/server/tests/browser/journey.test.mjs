// The life of an application in a real Chromium, from its developer's sign-up to its deletion, with the dance and the
// revocation in between: on SQLite and on PostgreSQL, with scripts and without, in both schemes, on a phone and on a desk.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { startPostgres } from './postgres.mjs'
import { signed, startApplication, startBrowser, startServer } from './support.mjs'
import { begin, follow, heading, look, press, signIn, signUp, visit } from './walk.mjs'

const password = 'correct horse battery'
const name = 'Prints of Example Town'

const servers = {}
let browser, application

async function begun(database) {
  // Each visitor comes from an address of their own, as a proxy tells: from one address, sign-ups are slowed down.
  const settings = 'applications = "proposed"\ntrusted_proxies = ["127.0.0.1/32"]'
  const server = begin(await startServer(settings, { database }))
  await server.run(['user', 'add', 'root', '--admin', '--password-stdin'], password)
  return server
}

before(async () => {
  servers.SQLite = await begun()
  servers.PostgreSQL = await begun(begin(await startPostgres()).url)
  application = begin(await startApplication())
  browser = begin(await startBrowser())
}, { timeout: 120_000 })

let journeys = 0

for (const store of ['SQLite', 'PostgreSQL']) {
  for (const javaScriptEnabled of [true, false]) {
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [360, 1280]) {
        const scripts = javaScriptEnabled ? 'with scripts' : 'without scripts'
        test(`an application's life: ${store}, ${scripts}, ${colorScheme}, ${width} px`, { timeout: 180_000 }, async (t) => {
          const options = { javaScriptEnabled, colorScheme, viewport: { width, height: 800 } }
          await life(t, servers[store], options, store === 'SQLite' && javaScriptEnabled)
        })
      }
    }
  }
}

async function life(t, server, options, looking) {
  journeys += 1
  const [dora, jane] = [`dora ${journeys}`, `jane ${journeys}`]
  const open = (from) => visit(t, browser, { ...options, extraHTTPHeaders: { 'X-Forwarded-For': from } })
  const seen = (page, what) => looking ? look(page, `journey, ${what}`, options.colorScheme) : assert.deepEqual(page.complaints, [])

  const developer = await open(`192.0.2.${journeys}`)
  await developer.goto(`${server.base}/signup?next=/developers`)
  await signUp(developer, dora, password)
  const client = await proposed(developer, seen)
  const begins = () => signed(`${server.base}/oauth/initiate`, client, { oauth_callback: application.callback })
  await assert.rejects(begins(), /consumer_key_refused/, 'nobody has approved it')

  const administrator = await open(`203.0.113.${journeys}`)
  await approved(server, administrator, client, seen)
  const owner = await open(`198.51.100.${journeys}`)
  const token = await danced(server, client, owner, jane, await begins(), seen)
  const calls = () => signed(`${server.base}/echo/photos`, client, {}, token)
  assert.equal((await calls()).oauth_token, undefined)

  await developer.reload()
  await developer.getByText('Active', { exact: true }).waitFor()
  await seen(developer, 'application, in use')

  await looked(server, administrator, client, seen)
  await revoked(server, owner, seen)
  await assert.rejects(calls(), /token_revoked/)

  await follow(developer, 'Delete it')
  await developer.getByLabel('Your password').fill(password)
  await press(developer, 'Delete it')
  await heading(developer, 'Your applications')
  await assert.rejects(begins(), /consumer_key_unknown/)
  await seen(developer, 'list, empty again')
}

// The developer registers it; it waits.
async function proposed(page, seen) {
  await heading(page, 'Your applications')
  await seen(page, 'list, empty')
  await follow(page, 'Register an application')
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('Description').fill('Prints your photos on paper.')
  await page.getByLabel('Callbacks', { exact: true }).fill('http://127.0.0.1/ready')
  await page.getByLabel('See your photos').check()
  await press(page, 'Register')
  await heading(page, 'The application is registered')
  const [client_id, client_secret] = await page.locator('.once').allTextContents()
  await follow(page, 'To the application')
  await page.getByText('Waits for approval').waitFor()
  await seen(page, 'application, proposed')
  return { client_id, client_secret }
}

// An administrator lets it be used.
async function approved(server, page, client, seen) {
  await page.goto(`${server.base}/admin/approvals`)
  await signIn(page, 'root', password)
  await heading(page, 'Waiting for approval')
  await seen(page, 'approvals')
  const waiting = page.getByRole('region').filter({ hasText: client.client_id })
  await waiting.getByRole('button', { name: /^Approve/ }).click()
  await page.getByText('The application may be used now.').waitFor()
}

// The resource owner, who has no account yet, lets it in; answers the token credentials.
async function danced(server, client, page, owner, temporary, seen) {
  await page.goto(`${server.base}/oauth/authorize?oauth_token=${temporary.oauth_token}`)
  await follow(page, 'Sign up')
  await signUp(page, owner, password)
  await heading(page, `${name} asks for access`)
  await page.getByText('See your photos and the albums they are in').waitFor()
  await seen(page, 'consent')
  await Promise.all([page.waitForURL(/^http:\/\/127\.0\.0\.1:\d+\/ready/), press(page, 'Allow')])
  await heading(page, 'Back in the application')
  const brought = application.arrived.findLast((one) => one.oauth_token === temporary.oauth_token)
  return signed(`${server.base}/oauth/token`, client, { oauth_verifier: brought.oauth_verifier }, temporary)
}

// The resource owner takes it back.
async function revoked(server, page, seen) {
  await page.goto(`${server.base}/account/connections`)
  await heading(page, 'Connected applications')
  await seen(page, 'connections')
  await press(page, 'Revoke')
  await page.getByText('No application has access').waitFor()
  await seen(page, 'connections, revoked')
}

// The administrator finds what was granted, what happened, and how it signs.
async function looked(server, page, client, seen) {
  const of = `?client=${client.client_id}`
  await page.goto(`${server.base}/admin/tokens${of}`)
  await heading(page, 'Tokens')
  await seen(page, 'tokens')
  await follow(page, 'Revoke all of these')
  await heading(page, 'Revoke one token')
  await seen(page, 'revoking')
  await page.goto(`${server.base}/admin/audit${of}`)
  await heading(page, 'Audit log')
  await page.getByText('application_approved').first().waitFor()
  await seen(page, 'audit log')
  await page.goto(`${server.base}/admin/usage`)
  await heading(page, 'Usage')
  await seen(page, 'usage')
}
