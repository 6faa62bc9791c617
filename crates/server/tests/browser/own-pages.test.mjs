// Sign-in and consent on another site's pages, in a real Chromium: its rules for cookies between sites decide whether it works.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { before, test } from 'node:test'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { accessible, fits, watch } from './checks.mjs'
import { signed, startApplication, startBrowser, startServer } from './support.mjs'
import { begin, heading } from './walk.mjs'

const example = fileURLToPath(new URL('../../../../examples/own-pages/pages.py', import.meta.url))
const settings = `
admin_api.enabled = true
own_pages.url = "http://shop.test/login"
`
let server, application, browser, client

async function startPages(key) {
  const env = { PATH: process.env.PATH, COUNTERSIGN: server.base, API_KEY: key }
  const child = spawn('python3', [example], { env, stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(child, 'exit')
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  return { port: new URL(/http:\S+/.exec(line)[0]).port, close: async () => { child.kill(); await ended } }
}

before(async () => {
  server = begin(await startServer(settings, { signUp: 'closed' }))
  application = begin(await startApplication())
  const flags = ['--name', 'Printer', '--callback', application.callback, '--allow-oob', '--scope', 'photos']
  client = JSON.parse(await server.run(['client', 'add', '--json', ...flags]))
  const { api_key } = JSON.parse(await server.run(['api-key', 'new', '--json', '--name', 'Shop', '--scope', 'challenges']))
  const pages = begin(await startPages(api_key))
  browser = begin(await startBrowser(`--host-resolver-rules=MAP shop.test:80 127.0.0.1:${pages.port}`))
}, { timeout: 60_000 })

// A browser on the operator's page, where a client's link has led it.
async function visit(t, callback = application.callback, options = {}) {
  const context = await browser.newContext(options)
  t.after(() => context.close())
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  const temporary = await signed(`${server.base}/oauth/initiate`, client, { oauth_callback: callback })
  await page.goto(`${server.base}/oauth/authorize?oauth_token=${temporary.oauth_token}`)
  assert.equal(new URL(page.url()).host, 'shop.test')
  await heading(page, 'Printer asks for access')
  return { page, temporary }
}

async function agree(page) {
  await page.getByLabel('Name').fill('jane')
  await page.getByLabel('Password').fill('correct horse')
  await page.getByRole('button', { name: 'Allow' }).click()
}

for (const javaScriptEnabled of [true, false]) {
  test(`a dance over another site, scripts ${javaScriptEnabled ? 'on' : 'off'}`, { timeout: 60_000 }, async (t) => {
    const { page, temporary } = await visit(t, application.callback, { javaScriptEnabled })
    await agree(page)
    await heading(page, 'Back in the application')
    const { oauth_token, oauth_verifier } = application.arrived.at(-1)
    assert.equal(oauth_token, temporary.oauth_token)
    const token = await signed(`${server.base}/oauth/token`, client, { oauth_verifier }, temporary)
    assert.ok(token.oauth_token_secret)
  })
}

test('a denial on another site is told to the application', { timeout: 60_000 }, async (t) => {
  const { page } = await visit(t)
  await page.getByRole('button', { name: 'Deny' }).click()
  await heading(page, 'Back in the application')
  assert.equal(application.arrived.at(-1).oauth_problem, 'user_refused')
})

test('a code is shown after another site, on a page for everybody', { timeout: 60_000 }, async (t) => {
  const { page } = await visit(t, 'oob')
  const complaints = watch(page)
  await agree(page)
  await heading(page, 'Your code')
  await fits(page)
  await accessible(page)
  assert.equal(await page.getByRole('button', { name: 'Sign out' }).count(), 0, 'nobody is signed in here')
  assert.deepEqual(complaints, [], 'the console')
})

test('whoever is lured to the page with the challenge of another browser gives that one nothing', { timeout: 60_000 }, async (t) => {
  const [attacker, victim] = [await visit(t), await visit(t)]
  const before = application.arrived.length
  await victim.page.goto(attacker.page.url())
  await agree(victim.page)
  await victim.page.getByText('was begun in another browser').waitFor()
  await victim.page.waitForLoadState('load')
  await fits(victim.page)
  await accessible(victim.page)
  assert.equal(application.arrived.length, before)
  await attacker.page.goto(`${server.base}/authorize/continue?challenge=${new URL(attacker.page.url()).searchParams.get('challenge')}`)
  await attacker.page.getByText('was begun in another browser').waitFor()
  assert.equal(application.arrived.length, before)
})
