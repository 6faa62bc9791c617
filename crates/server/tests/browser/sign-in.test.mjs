// Signing in at an issuer of OpenID Connect, in a real Chromium, with and without scripts.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { startIssuer } from './issuer.mjs'
import { startBrowser, startServer } from './support.mjs'
import * as walk from './walk.mjs'
import { begin, heading, press } from './walk.mjs'

const password = 'correct horse battery'

let server, issuer, browser

before(async () => {
  issuer = begin(await startIssuer({ sub: '248289761001', preferred_username: 'ada' }))
  server = begin(await startServer('', { tables: issuer.settings }))
  await server.run(['user', 'add', 'jane', '--password-stdin'], password)
  browser = begin(await startBrowser())
}, { timeout: 60_000 })

const visit = (t, options) => walk.visit(t, browser, options)

// Not by the button beside it, whose name begins in the same way; then the account's page is there.
async function signInAs(page, name) {
  await page.getByLabel('Username').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await heading(page, 'Account')
}

// The page that leads on does so before anybody could look at it.
async function stay(page) {
  await page.route('**/authorize?*', (route) => route.fulfill({ status: 204 }))
}

for (const colorScheme of ['light', 'dark']) {
  for (const width of [320, 360, 1280]) {
    test(`other ways to sign in at ${width} px, ${colorScheme}`, { timeout: 180_000 }, async (t) => {
      const page = await visit(t, { viewport: { width, height: 800 }, colorScheme })
      const look = (name) => t.test(name, () => walk.look(page, `sign-in-${name}`, colorScheme))

      await page.goto(`${server.base}/login?next=/account/connections`)
      await look('choice')
      await press(page, 'Sign in with Example Identity')
      await heading(page, 'The issuer')
      await press(page, 'Sign in here')
      await heading(page, 'Connected applications')
      await page.getByText('Signed in as ada').waitFor()
      await page.goto(`${server.base}/account`)
      await page.getByText('It is the only way in').waitFor()
      await look('account without a password')
      await page.goto(`${server.base}/login/oidc/example/callback?code=x&state=x`)
      await heading(page, 'You are not signed in')
      await look('refused')
      await page.context().clearCookies()

      await page.goto(`${server.base}/login?next=/account`)
      await signInAs(page, 'jane')
      await look('account with a password')
      await stay(page)
      await page.getByLabel('Current password').last().fill(password)
      await Promise.all([page.waitForEvent('requestfailed'), press(page, 'Connect with Example Identity')])
      await heading(page, 'Going on to Example Identity')
      // That it led nowhere is what the test made of it.
      assert.match(page.complaints.shift(), /authorize\?.*ERR_ABORTED$/)
      await look('going on')
    })
  }
}

test('without scripts one signs in, and is told that an identity is connected already', { timeout: 60_000 }, async (t) => {
  await server.run(['user', 'add', 'joe', '--password-stdin'], password)
  const ada = await visit(t, { javaScriptEnabled: false })
  await ada.goto(`${server.base}/login`)
  await press(ada, 'Sign in with Example Identity')
  await press(ada, 'Sign in here')
  await ada.getByText('Signed in as ada').waitFor()

  const joe = await visit(t, { javaScriptEnabled: false })
  await joe.goto(`${server.base}/login?next=/account`)
  await signInAs(joe, 'joe')
  await joe.getByLabel('Current password').last().fill(password)
  await press(joe, 'Connect with Example Identity')
  await press(joe, 'Sign in here')
  await joe.getByText('That identity is connected with another account here').waitFor()
  assert.deepEqual([...ada.complaints, ...joe.complaints], [], 'the console')
})
