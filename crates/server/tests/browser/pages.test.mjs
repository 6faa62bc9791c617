// Walks the pages of the real binary in a real Chromium, as a resource owner does.
//
//   COUNTERSIGN_BINARY=…   the binary (target/release/countersign)
//   CHROMIUM=…             the browser (/usr/bin/chromium)
//   SCREENSHOTS=DIR        writes a picture of each page, 360 and 1280 px wide, light and dark

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { accessible, fits, focused, outlined, pointedAt } from './checks.mjs'
import { signed, startApplication, startBrowser, startServer } from './support.mjs'
import * as walk from './walk.mjs'
import { begin, heading } from './walk.mjs'

const password = 'correct horse battery'
const hostile = `<script>alert(1)</script>"'&amp;${'W'.repeat(168)}`
const hostileScope = `${'photos.of.everything.'.repeat(4)}<b>`
const hostileAccount = 'jane.'.repeat(50)

let server, browser, application, client, named

before(async () => {
  server = begin(await startServer())
  application = begin(await startApplication())
  await server.run(['user', 'add', 'jane', '--password-stdin'], password)
  await server.run(['user', 'add', hostileAccount, '--password-stdin'], password)
  client = await addClient('Printer Example', '--scope', 'photos', '--scope', 'print')
  named = await addClient(hostile, '--scope', 'photos', '--scope', hostileScope)
  browser = begin(await startBrowser())
}, { timeout: 60_000 })

async function addClient(name, ...more) {
  const callbacks = ['http://127.0.0.1/ready', 'http://[::1]/ready'].flatMap((url) => ['--callback', url])
  return JSON.parse(await server.run(['client', 'add', '--name', name, ...callbacks, '--allow-oob', ...more, '--json']))
}

// Asks for temporary credentials; answers them with the address that the browser is sent to.
async function ask(callback = application.callback, by = client) {
  const temporary = await signed(`${server.base}/oauth/initiate`, by, { oauth_callback: callback })
  assert.equal(temporary.oauth_callback_confirmed, 'true')
  return { ...temporary, link: `${server.base}/oauth/authorize?oauth_token=${temporary.oauth_token}` }
}

// Redeems a verifier for token credentials, and calls a protected resource with them.
async function redeem(temporary, verifier) {
  const token = await signed(`${server.base}/oauth/token`, client, { oauth_verifier: verifier }, temporary)
  assert.ok(token.oauth_token && token.oauth_token_secret)
  await signed(`${server.base}/echo/photos`, client, {}, token)
  return token
}

const visit = (t, options, watched) => walk.visit(t, browser, options, watched)
const signIn = (page, name = 'jane', secret = password) => walk.signIn(page, name, secret)

async function changePassword(page, current, secret) {
  await page.getByLabel('Current password').fill(current)
  await page.getByLabel('New password, of').fill(secret)
  await page.getByLabel('New password, once more').fill(secret)
  await page.getByRole('button', { name: 'Change the password' }).click()
}

// Clicks, and waits until the browser has come back to the application; answers what it brought.
async function back(page, press, to = /^http:\/\/127\.0\.0\.1:\d+\/ready/) {
  await Promise.all([page.waitForURL(to), press()])
  await heading(page, 'Back in the application')
  return application.arrived.at(-1)
}

const allow = (page) => page.getByRole('button', { name: 'Allow' }).click()
const deny = (page) => page.getByRole('button', { name: 'Deny' }).click()

// --- Every page, at every width, in both schemes

for (const colorScheme of ['light', 'dark']) {
  for (const width of [320, 360, 1280]) {
    test(`pages at ${width} px, ${colorScheme}`, { timeout: 180_000 }, async (t) => {
      const page = await visit(t, { viewport: { width, height: 800 }, colorScheme })

      const look = (name, title) => t.test(name, async () => {
        await heading(page, title)
        await walk.look(page, name, colorScheme)
      })

      await page.goto(server.base)
      await look('home, signed out', 'An OAuth 1.0a provider')

      const first = await ask()
      await page.goto(first.link)
      await look('sign in', 'Sign in')
      await signIn(page, `stranger ${width} ${colorScheme}`, 'a guess')
      await page.getByRole('alert').waitFor()
      await look('sign in, refused', 'Sign in')
      // The third guess makes the next one wait; a second may pass in between, and then the one after waits longer.
      for (let guess = 0; guess < 6 && !(await page.getByText('Too many attempts').count()); guess += 1) {
        const answered = page.waitForResponse((response) => response.request().method() === 'POST')
        await signIn(page, `stranger ${width} ${colorScheme}`, 'a guess')
        await answered
      }
      await page.getByText('Too many attempts').waitFor()
      await look('sign in, too often', 'Sign in')

      await signIn(page)
      await look('consent', 'Printer Example asks for access')
      const granted = await back(page, () => allow(page))
      assert.equal(granted.oauth_token, first.oauth_token)
      await redeem(first, granted.oauth_verifier)

      await page.goto(first.link)
      await look('error, used link', 'This link was already used')
      await page.getByRole('link', { name: 'token_rejected' }).click()
      await look('help, from the error', 'token rejected')
      await page.goto(`${server.base}/help/signature_invalid`)
      await look('help', 'signature invalid')
      await page.goto(`${server.base}/nowhere/${'at-all'.repeat(50)}`)
      await look('error, nothing here', 'Nothing here')

      const refused = await ask()
      await page.goto(refused.link)
      const answer = await back(page, () => deny(page))
      assert.equal(answer.oauth_token, refused.oauth_token)
      assert.equal(answer.oauth_verifier, undefined)

      const typed = await ask('oob')
      await page.goto(typed.link)
      await look('consent, oob', 'Printer Example asks for access')
      await allow(page)
      await look('verifier', 'Your code')
      await page.locator('#verifier').click()
      const code = await page.locator('#verifier').textContent()
      assert.equal(await page.evaluate(() => String(getSelection())), code, 'one click selects the code')
      await redeem(typed, code)

      await page.goto((await ask('oob')).link)
      await deny(page)
      await look('denied', 'You denied access')

      await page.goto(server.base)
      await look('home, signed in', 'An OAuth 1.0a provider')

      await page.getByRole('link', { name: 'Connected applications' }).click()
      await look('connections', 'Connected applications')
      await page.getByRole('link', { name: 'Account', exact: true }).click()
      await look('account', 'Account')
      await changePassword(page, 'a guess', password)
      await look('account, refused', 'Account')

      await page.goto((await ask(application.callback, named)).link)
      await look('consent, hostile', hostile.slice(0, 60))
      await page.getByRole('button', { name: 'Switch account' }).click()
      await signIn(page, hostileAccount)
      await look('consent, hostile account', hostile.slice(0, 60))
      const hostileTyped = await ask('oob', named)
      await page.goto(hostileTyped.link)
      await allow(page)
      await look('verifier, hostile', 'Your code')
      const shown = await page.locator('#verifier').textContent()
      const token = await signed(`${server.base}/oauth/token`, named, { oauth_verifier: shown }, hostileTyped)
      assert.ok(token.oauth_token)
      await page.goto(`${server.base}/account/connections`)
      await look('connections, hostile', 'Connected applications')
      await page.goto(`${server.base}/account`)
      await look('account, hostile', 'Account')
      await page.goto(server.base)
      await page.getByRole('main').getByRole('button', { name: 'Sign out' }).click()
      await look('signed out', 'You are signed out')
      await page.goto(`${server.base}/signup`)
      await look('sign up', 'Sign up')
    })
  }
}

// --- The walk by other means

test('the keyboard alone grants', { timeout: 60_000 }, async (t) => {
  const page = await visit(t, { viewport: { width: 360, height: 640 } })
  const temporary = await ask()
  await page.goto(temporary.link)
  // A page takes its autofocus when it is first drawn, which may be after it has loaded.
  await page.locator('#username:focus').waitFor()
  await page.keyboard.type('jane')
  await page.keyboard.press('Tab')
  await page.keyboard.type(password)
  await page.keyboard.press('Enter')
  await heading(page, 'Printer Example')
  const stops = []
  while (stops.at(-1)?.name !== 'Allow') {
    assert.ok(stops.length < 20, 'Tab reaches Allow')
    await page.keyboard.press('Tab')
    stops.push(await focused(page))
  }
  assert.deepEqual(stops, [
    'Skip to the content', 'Photos of Example Town', 'Switch account', 'Deny', 'Allow',
  ].map((name) => ({ name, seen: true })))
  const granted = await back(page, () => page.keyboard.press('Enter'))
  await redeem(temporary, granted.oauth_verifier)
  assert.deepEqual(page.complaints, [])
})

test('the skip link leads past the header', { timeout: 60_000 }, async (t) => {
  const page = await visit(t)
  await page.goto(server.base)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Tab')
  assert.deepEqual(await focused(page), { name: 'RFC 5849', seen: true })
})

test('it works without JavaScript', { timeout: 60_000 }, async (t) => {
  const page = await visit(t, { javaScriptEnabled: false })
  const temporary = await ask()
  await page.goto(temporary.link)
  await signIn(page)
  await heading(page, 'Printer Example')
  const granted = await back(page, () => allow(page))
  await redeem(temporary, granted.oauth_verifier)
  const typed = await ask('oob')
  await page.goto(typed.link)
  await allow(page)
  await heading(page, 'Your code')
  await redeem(typed, await page.locator('#verifier').textContent())
  await page.goto(server.base)
  await page.getByRole('main').getByRole('button', { name: 'Sign out' }).click()
  await heading(page, 'You are signed out')
  assert.deepEqual(page.complaints, [])
})

test('an owner signs up, connects, revokes and changes the password without JavaScript', { timeout: 60_000 }, async (t) => {
  const page = await visit(t, { javaScriptEnabled: false })
  const temporary = await ask()
  await page.goto(temporary.link)
  await page.getByRole('link', { name: 'Sign up' }).click()
  await walk.signUp(page, 'joe', password)
  await heading(page, 'Printer Example')
  const granted = await back(page, () => allow(page))
  const token = await redeem(temporary, granted.oauth_verifier)

  await page.goto(server.base)
  await page.getByRole('link', { name: 'Connected applications' }).click()
  await page.getByText('See your photos and the albums they are in').waitFor()
  await page.getByRole('button', { name: 'Revoke' }).click()
  await page.getByText('No application has access').waitFor()
  await assert.rejects(signed(`${server.base}/echo/photos`, client, {}, token), /token_revoked/)

  const other = await visit(t, { javaScriptEnabled: false })
  await other.goto(`${server.base}/account`)
  await signIn(other, 'joe')
  await page.getByRole('link', { name: 'Account', exact: true }).click()
  await changePassword(page, password, `${password} staple`)
  await page.getByText('Your password was changed').waitFor()
  await other.reload()
  await heading(other, 'Sign in')
  await signIn(other, 'joe', `${password} staple`)
  await heading(other, 'Account')
  await other.getByRole('button', { name: 'End all others' }).click()
  await other.getByText('You are signed out everywhere else').waitFor()
  await page.reload()
  await heading(page, 'Sign in')
  assert.deepEqual([...page.complaints, ...other.complaints], [])
})

test('who presses twice is led back once', { timeout: 60_000 }, async (t) => {
  const page = await visit(t)
  const temporary = await ask()
  await page.goto(temporary.link)
  await signIn(page)
  await heading(page, 'Printer Example')
  const granted = await back(page, () => page.getByRole('button', { name: 'Allow' }).dblclick())
  await redeem(temporary, granted.oauth_verifier)
  const typed = await ask('oob')
  await page.goto(typed.link)
  await heading(page, 'Printer Example')
  await page.getByRole('button', { name: 'Allow' }).dblclick()
  await heading(page, 'Your code')
  await redeem(typed, await page.locator('#verifier').textContent())
})

test('a session that ends in the middle of consent comes back to it', { timeout: 60_000 }, async (t) => {
  const page = await visit(t)
  const temporary = await ask()
  await page.goto(temporary.link)
  await signIn(page)
  await heading(page, 'Printer Example')
  await page.context().clearCookies()
  await allow(page)
  await heading(page, 'Sign in')
  await signIn(page)
  await heading(page, 'Printer Example')
  const granted = await back(page, () => allow(page))
  await redeem(temporary, granted.oauth_verifier)
})

test('who goes back after the answer cannot answer twice', { timeout: 60_000 }, async (t) => {
  const page = await visit(t)
  const temporary = await ask()
  await page.goto(temporary.link)
  await signIn(page)
  await back(page, () => allow(page))
  await page.goBack()
  await heading(page, 'This link was already used')
})

test('the code is copied by a button', { timeout: 60_000 }, async (t) => {
  const page = await visit(t, { permissions: ['clipboard-read', 'clipboard-write'] })
  await page.goto((await ask('oob')).link)
  await signIn(page)
  await allow(page)
  await heading(page, 'Your code')
  await page.getByRole('button', { name: 'Copy the code' }).click()
  await page.getByText('Copied', { exact: true }).and(page.getByRole('status')).waitFor()
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await page.locator('#verifier').textContent())
  assert.deepEqual(page.complaints, [])
})

test('text at twice the size stays inside', { timeout: 60_000 }, async (t) => {
  const page = await visit(t, { viewport: { width: 360, height: 640 } })
  const enlarge = () => page.evaluate(() => { document.documentElement.style.fontSize = '200%' })
  await page.goto((await ask(application.callback, named)).link)
  await enlarge()
  await fits(page)
  await signIn(page)
  await heading(page, hostile.slice(0, 60))
  await enlarge()
  await fits(page)
  await page.goto((await ask('oob')).link)
  await allow(page)
  await heading(page, 'Your code')
  await enlarge()
  await fits(page)
  for (const path of ['/', '/help/signature_invalid', '/nowhere', '/account', '/account/connections', '/signup']) {
    await page.goto(server.base + path)
    await enlarge()
    await fits(page)
  }
})

for (const colorScheme of ['light', 'dark']) {
  test(`contrast under the pointer, ${colorScheme}`, { timeout: 120_000 }, async (t) => {
    const page = await visit(t, { colorScheme })
    await page.goto((await ask()).link)
    await pointedAt(page)
    await signIn(page)
    await heading(page, 'Printer Example')
    await pointedAt(page)
    await page.goto(server.base)
    await pointedAt(page)
  })
}

// --- Policy

test('a hostile name is text', { timeout: 60_000 }, async (t) => {
  const page = await visit(t)
  await page.goto((await ask(application.callback, named)).link)
  await signIn(page)
  await heading(page, hostile.slice(0, 60))
  assert.ok((await page.getByRole('heading', { level: 1 }).textContent()).startsWith(hostile))
  assert.equal(await page.locator('script, b').count(), 0)
  assert.deepEqual(page.complaints, [])
})

test('a page lets in nothing but its own', { timeout: 60_000 }, async (t) => {
  const page = await visit(t, {}, false)
  await page.goto(`${server.base}/login`)
  const elsewhere = await startApplication()
  t.after(() => elsewhere.close())
  const refusals = []
  page.on('console', (message) => refusals.push(message.text()))
  const refusal = page.waitForEvent('console', (message) => message.text().includes('form-action'))
  await page.evaluate((action) => {
    const script = document.createElement('script')
    script.textContent = 'document.title = "taken over"'
    document.body.append(script)
    const form = Object.assign(document.createElement('form'), { action, method: 'post' })
    document.body.append(form)
    form.submit()
  }, elsewhere.callback)
  await refusal
  assert.notEqual(await page.title(), 'taken over')
  assert.ok(refusals.some((text) => text.includes('script')), refusals.join('\n'))
  assert.deepEqual(elsewhere.arrived, [])
})

test('no other site frames a page', { timeout: 60_000 }, async (t) => {
  const page = await visit(t, {}, false)
  await page.goto(application.callback)
  const refusal = page.waitForEvent('console', (message) => /frame/i.test(message.text()))
  await page.evaluate((src) => document.body.append(Object.assign(document.createElement('iframe'), { src })), server.base)
  await refusal
})

test('a callback on the IPv6 loopback is reached', { timeout: 60_000 }, async (t) => {
  const six = await startApplication('::1').catch(() => null)
  if (!six) return t.skip('no IPv6 here')
  t.after(() => six.close())
  const page = await visit(t)
  await page.goto((await ask(six.callback)).link)
  await signIn(page)
  await heading(page, 'Printer Example')
  await Promise.all([page.waitForURL(/^http:\/\/\[::1\]/), allow(page)])
  assert.equal(six.arrived.length, 1)
  assert.deepEqual(page.complaints, [])
})

// --- The checks themselves

test('the checks see what they look for', { timeout: 60_000 }, async (t) => {
  const page = await visit(t)
  const spoil = async (selector, property, value, check) => {
    await page.goto(`${server.base}/login`)
    await check(page)
    await page.locator(selector).first().evaluate((element, [property, value]) => {
      element.style.setProperty(property, value)
    }, [property, value])
    await assert.rejects(check(page), { name: 'AssertionError' }, `${property}: ${value}`)
  }
  await spoil('main', 'min-width', '2000px', fits)
  await spoil('.lede', 'color', '#999', accessible)
  await spoil('input[type=text]', 'border-color', '#ddd', outlined)
})
