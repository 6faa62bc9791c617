// The pages for developers in a real Chromium, from an application's registration to its deletion, with and without scripts.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { signed, startBrowser, startServer } from './support.mjs'
import * as walk from './walk.mjs'
import { begin, follow, heading, press } from './walk.mjs'

const password = 'correct horse battery'
const hostile = `<b>"'&amp;${'W'.repeat(85)}`

let server, browser

before(async () => {
  server = begin(await startServer('applications = "open"'))
  for (const name of ['jane', 'joe']) await server.run(['user', 'add', name, '--password-stdin'], password)
  browser = begin(await startBrowser())
}, { timeout: 60_000 })

async function visit(t, options) {
  const page = await walk.visit(t, browser, options)
  await page.goto(`${server.base}/developers`)
  await walk.signIn(page, 'jane', password)
  await heading(page, 'Your applications')
  return page
}

async function register(page, name) {
  await follow(page, 'Register an application')
  await heading(page, 'Register an application')
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('Callbacks', { exact: true }).fill('http://127.0.0.1/ready')
  await page.getByLabel('See your photos').check()
  await press(page, 'Register')
  await heading(page, 'The application is registered')
  const [client_id, client_secret] = await page.locator('.once').allTextContents()
  return { client_id, client_secret }
}

const begins = (client) => signed(`${server.base}/oauth/initiate`, client, { oauth_callback: 'http://127.0.0.1/ready' })

for (const colorScheme of ['light', 'dark']) {
  for (const width of [320, 360, 1280]) {
    test(`developers at ${width} px, ${colorScheme}`, { timeout: 180_000 }, async (t) => {
      const page = await visit(t, { viewport: { width, height: 800 }, colorScheme })
      const look = (name) => t.test(name, () => walk.look(page, `developers-${name}`, colorScheme))

      await look('list')
      await follow(page, 'Register an application')
      await look('form, empty')
      await page.getByLabel('Name', { exact: true }).fill('\u202eknab ruoY')
      await page.getByLabel('Callbacks', { exact: true }).fill('javascript:alert(1)')
      await page.getByLabel('Its own RSA key').check()
      await page.getByLabel('Public key, if it has one').fill('-----BEGIN PRIVATE KEY-----')
      await press(page, 'Register')
      await page.getByText('That is a private key').waitFor()
      await look('form, refused')

      await page.goto(`${server.base}/developers`)
      await register(page, hostile)
      await look('secret')
      await follow(page, 'To the application')
      await look('application')
      await follow(page, 'Add another one')
      await heading(page, 'Add another secret')
      await look('another secret')
      await press(page, 'Make one')
      await heading(page, 'The new key is valid')
      await follow(page, 'To the application')
      await look('application, two secrets')
      await press(page, 'Make a token for me')
      await heading(page, 'A token for your own scripts')
      await follow(page, 'To the application')
      await follow(page, 'Test a callback')
      await page.getByLabel('Callback', { exact: true }).fill('http://127.0.0.1:9/ready')
      await press(page, 'Test it')
      await page.getByText('Accepted').waitFor()
      await look('callback, accepted')
      await page.getByLabel('Callback', { exact: true }).fill('https://elsewhere.example/')
      await press(page, 'Test it')
      await page.getByText('Refused').waitFor()
      await look('callback, refused')
      await follow(page, 'Back to the application')

      await page.getByRole('link', { name: 'Change' }).click()
      await look('form, filled in')
      const stale = await page.locator('[name=revision]').inputValue()
      await press(page, 'Save')
      await page.getByRole('link', { name: 'Change' }).click()
      await page.locator('[name=revision]').evaluate((field, old) => { field.value = old }, stale)
      await page.getByLabel('Name', { exact: true }).fill('Another name')
      await press(page, 'Save')
      await page.getByText('Somebody changed it meanwhile').waitFor()
      await look('form, stale')
      await follow(page, 'Back without saving')
      await follow(page, 'Give it to another account')
      await look('transfer')
      await follow(page, 'Keep it')
      await follow(page, 'Delete it')
      await page.getByLabel('Your password').fill('a guess')
      await press(page, 'Delete it')
      await page.getByText('The password is wrong').waitFor()
      await look('delete, refused')
      await page.getByLabel('Your password').fill(password)
      await press(page, 'Delete it')
      await heading(page, 'Your applications')
    })
  }
}

test('the life of an application without scripts', { timeout: 120_000 }, async (t) => {
  const page = await visit(t, { javaScriptEnabled: false })
  const client = await register(page, 'Without scripts')
  assert.equal(await page.getByRole('button', { name: 'Copy' }).count(), 0, 'no button that does nothing')
  await begins(client)
  await follow(page, 'To the application')
  await follow(page, 'Add another one')
  await press(page, 'Make one')
  const newer = { ...client, client_secret: (await page.locator('.once').allTextContents())[1] }
  await follow(page, 'To the application')
  await press(page, 'Remove the older one')
  await begins(newer)
  await assert.rejects(begins(client), /signature_invalid/)
  await follow(page, 'Delete it')
  await page.getByLabel('Your password').fill(password)
  await press(page, 'Delete it')
  await heading(page, 'Your applications')
  await assert.rejects(begins(newer))
})

test('a public key is uploaded', { timeout: 60_000 }, async (t) => {
  const page = await visit(t, { javaScriptEnabled: false })
  await follow(page, 'Register an application')
  await page.getByLabel('Name', { exact: true }).fill('With a key')
  await page.getByLabel('Its own RSA key').check()
  const file = (name) => fileURLToPath(new URL(`../support/rsa/${name}`, import.meta.url))
  await page.getByLabel('Or its file').setInputFiles(file('1024.pem'))
  await press(page, 'Register')
  await page.getByText('1024 bits').waitFor()
  await page.getByLabel('Or its file').setInputFiles(file('cert.pem'))
  await press(page, 'Register')
  await heading(page, 'The application is registered')
  assert.equal(await page.locator('.once').count(), 1, 'there is no secret')
  await follow(page, 'To the application')
  await page.getByText('RSA public key, 2048 bits').waitFor()
})

test('a secret is copied by a button', { timeout: 60_000 }, async (t) => {
  const page = await visit(t, { permissions: ['clipboard-read', 'clipboard-write'] })
  const client = await register(page, 'Copied')
  await page.getByRole('button', { name: 'Copy' }).nth(1).click()
  await page.getByText('Copied', { exact: true }).and(page.getByRole('status')).waitFor()
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), client.client_secret)
  assert.deepEqual(page.complaints, [])
})
