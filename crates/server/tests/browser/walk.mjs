// What every walk through the pages does: open a window, press, follow, look.

import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after } from 'node:test'
import { accessible, fits, outlined, watch } from './checks.mjs'

// Where a picture of each page goes, 360 and 1280 px wide, light and dark.
const screenshots = process.env.SCREENSHOTS && resolve(process.env.SCREENSHOTS)
if (screenshots) mkdirSync(screenshots, { recursive: true })

const began = []

// Notes what was started, to be closed in turn when the tests of its file have ended.
export const begin = (what) => { began.push(what); return what }

after(async () => {
  for (const what of began.reverse()) await what.close()
})

// A window of its own, without cookies; closed when the test ends.
export async function visit(t, browser, options = {}, watched = true) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
  t.after(() => context.close())
  context.setDefaultTimeout(15_000)
  const page = await context.newPage()
  page.complaints = watched ? watch(page) : []
  return page
}

// Waits for a page, by its heading, until it is all there: its text comes before its stylesheet does.
export async function heading(page, text) {
  await page.getByRole('heading', { level: 1, name: text }).waitFor()
  await page.waitForLoadState('load')
}

export const press = (page, name) => page.getByRole('button', { name }).click()
export const follow = (page, name) => page.getByRole('link', { name }).click()

export async function signIn(page, name, secret) {
  await page.getByLabel('Username').fill(name)
  await page.getByLabel('Password').fill(secret)
  await press(page, 'Sign in')
}

export async function signUp(page, name, secret) {
  await page.getByLabel('Username').fill(name)
  await page.getByLabel('Password, of').fill(secret)
  await page.getByLabel('Password, once more').fill(secret)
  await press(page, 'Sign up')
}

// A page as it is now: a picture of it, and what every page must hold.
export async function look(page, name, colorScheme) {
  await page.waitForLoadState('load')
  const { width } = page.viewportSize()
  if (screenshots && width !== 320) {
    const path = join(screenshots, `${name.replaceAll(/\W+/g, '-')}-${width}-${colorScheme}.png`)
    await page.screenshot({ path, fullPage: true })
  }
  await fits(page)
  await accessible(page)
  await outlined(page)
  assert.deepEqual(page.complaints, [], 'the console')
}
