// The pages for administrators in a real Chromium: every page looked at, and acts done, with and without scripts.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { startBrowser, startServer } from './support.mjs'
import * as walk from './walk.mjs'
import { begin, heading, press } from './walk.mjs'

const password = 'correct horse battery'
const hostile = `<b>"'&amp;${'W'.repeat(85)}`

let server, browser

before(async () => {
  server = begin(await startServer('applications = "proposed"'))
  for (const name of ['ada', 'alan']) await server.run(['user', 'add', name, '--admin', '--password-stdin'], password)
  for (const name of ['jane', hostile]) await server.run(['user', 'add', name, '--password-stdin'], password)
  await server.run(['client', 'add', '--name', hostile, '--callback', `http://127.0.0.1/${'w'.repeat(90)}`])
  browser = begin(await startBrowser())
}, { timeout: 60_000 })

const follow = (page, name) => page.getByRole('link', { name, exact: true }).click()
const section = (page, name) => page.getByLabel('Administration').getByRole('link', { name }).click()
const to = (page, path) => page.goto(`${server.base}${path}`)

async function visit(t, name, path, options) {
  const page = await walk.visit(t, browser, options)
  await to(page, path)
  await walk.signIn(page, name, password)
  return page
}

// Jane proposes an application of that name.
async function proposed(t, name) {
  const page = await visit(t, 'jane', '/developers/new')
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('Callbacks', { exact: true }).fill('http://127.0.0.1/ready')
  await press(page, 'Register')
  await heading(page, 'The application is registered')
}

for (const colorScheme of ['light', 'dark']) {
  for (const width of [320, 360, 1280]) {
    test(`administration at ${width} px, ${colorScheme}`, { timeout: 180_000 }, async (t) => {
      await proposed(t, hostile)
      const page = await visit(t, 'ada', '/admin', { viewport: { width, height: 800 }, colorScheme })
      const look = (name) => t.test(name, () => walk.look(page, `administration-${name}`, colorScheme))

      await heading(page, 'Administration')
      await look('overview')
      await section(page, 'Accounts')
      await look('accounts')
      await page.getByRole('link', { name: hostile }).click()
      await heading(page, hostile)
      await look('account')
      await follow(page, 'Disable it')
      await page.getByLabel('Your password').fill('a guess')
      await press(page, 'Disable it')
      await page.getByText('The password is wrong').waitFor()
      await look('disable, refused')
      await page.getByLabel('Your password').fill(password)
      await press(page, 'Disable it')
      await page.getByText('The account is disabled').waitFor()
      await press(page, 'Enable it')
      await page.getByText('The account is enabled again').waitFor()
      await look('account, enabled')
      await follow(page, 'Set a password')
      await page.getByLabel('This one').check()
      await page.getByLabel('Your password').fill(password)
      await press(page, 'Set it')
      await page.getByText('A password has at least 8 characters').waitFor()
      await look('password, refused')
      await page.getByLabel('A random one').check()
      await page.getByLabel('Your password').fill(password)
      await press(page, 'Set it')
      await heading(page, 'The new password')
      await look('password, shown once')
      await to(page, '/admin/accounts/@ada')
      await look('own account')
      await to(page, '/admin/accounts/@ada/disable')
      await page.getByText('This is your own account').waitFor()
      await look('not done')
      await to(page, '/admin/accounts/new')
      await look('new account')
      await to(page, '/admin/invitations')
      await page.getByLabel('For whom').fill(hostile)
      await press(page, 'Make a link')
      await heading(page, 'The new invitation')
      await follow(page, 'Done')
      await look('invitations')

      await section(page, 'Applications')
      await look('applications')
      await follow(page, 'What waits for approval')
      await look('approvals')
      await page.getByRole('link', { name: hostile }).first().click()
      await look('application, waiting')
      await follow(page, 'Reject')
      await look('reject')
      await page.getByLabel('Why').fill('Say who you are.')
      await press(page, 'Reject it')
      await page.getByText('The application was rejected').waitFor()
      await look('application, rejected')
      await press(page, 'Approve')
      await page.getByText('The application may be used now').waitFor()
      await follow(page, 'Add another one')
      await look('another secret')
      await page.getByLabel('Your password').fill(password)
      await press(page, 'Make one')
      await heading(page, 'The new key is valid')
      await follow(page, 'To the application')
      await look('application, two secrets')
      await follow(page, 'Remove the older one')
      await look('remove a secret')
      await page.getByLabel('Your password').fill(password)
      await press(page, 'Remove it')
      await page.getByText('The key was removed').waitFor()
      await follow(page, 'Change the owner')
      await look('owner')
      await follow(page, 'Leave it as it is')
      await follow(page, 'Change')
      await look('form, filled in')
      await follow(page, 'Back without saving')
      await follow(page, 'Delete')
      await look('delete')
      await page.getByLabel('Your password').fill(password)
      await press(page, 'Delete it')
      await page.getByText('The application was deleted').waitFor()
      await follow(page, 'Register one')
      await look('form, empty')
    })
  }
}

test('approval and the role without scripts', { timeout: 120_000 }, async (t) => {
  await proposed(t, 'Without scripts')
  const page = await visit(t, 'ada', '/admin/approvals', { javaScriptEnabled: false })
  await press(page, 'Approve Without scripts')
  await page.getByText('The application may be used now').waitFor()
  await to(page, '/admin/accounts/@jane')
  await follow(page, 'Give the role')
  await page.getByLabel('Your password').fill(password)
  await press(page, 'Give it the role')
  await page.getByText('The account is an administrator').waitFor()
  await follow(page, 'Take the role')
  await page.getByLabel('Your password').fill(password)
  await press(page, 'Take the role')
  await page.getByText('The account is an ordinary one now').waitFor()
})
