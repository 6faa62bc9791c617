// What every page must hold: nothing wider than the window, WCAG A and AA, and a policy that nothing trips over.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

// Collects what a page's console complains about; that an error page has the status of an error is no complaint.
export function watch(page) {
  const complaints = []
  page.on('console', (message) => {
    const status = /^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text())
    const document = message.location().url === page.url()
    if (['error', 'warning'].includes(message.type()) && !(status && document)) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('requestfailed', (request) => {
    const { errorText } = request.failure()
    // Where a page is left before all of it has come, the browser itself gives up the rest. What a server or a policy
    // keeps from it has other names.
    if (errorText === 'net::ERR_ABORTED' && request.resourceType() !== 'document') return
    complaints.push(`${request.url()}: ${errorText}`)
  })
  page.on('dialog', (dialog) => { complaints.push(`a dialog: ${dialog.message()}`); dialog.dismiss() })
  return complaints
}

export async function fits(page) {
  const found = await page.evaluate(() => {
    const wide = document.documentElement.clientWidth
    const out = [...document.querySelectorAll('body *')].filter((element) => {
      if (element.closest('.unseen, .skip')) return false
      const { left, right, width } = element.getBoundingClientRect()
      return width > 0 && (left < -0.5 || right > wide + 0.5)
    })
    const clipped = [...document.querySelectorAll('button, .button, code, pre, h1, p')]
      .filter((element) => getComputedStyle(element).display !== 'inline' && element.scrollWidth > element.clientWidth + 1)
    const named = (element) => `${element.tagName.toLowerCase()}.${element.className}: ${element.textContent.trim().slice(0, 40)}`
    return { wide, scrolls: document.documentElement.scrollWidth, out: out.map(named), clipped: clipped.map(named) }
  })
  assert.deepEqual(found, { ...found, scrolls: found.wide, out: [], clipped: [] }, 'no horizontal overflow')
}

// axe-core's rules; where it cannot tell a contrast, that counts as a failure too.
export async function accessible(page, within = 'html', only = { type: 'tag', values: rules }) {
  await page.evaluate(axeSource)
  const found = await page.evaluate(async ([within, runOnly]) => {
    const options = { runOnly, preload: false, resultTypes: ['violations', 'incomplete'] }
    const { violations, incomplete, passes } = await window.axe.run(within, options)
    const brief = ({ id, nodes }) => nodes.map(({ target, any, none }) =>
      `${id} ${target}: ${[...any, ...none].map((check) => check.message).join('; ')}`)
    const untold = incomplete.filter(({ id }) => id === 'color-contrast')
    return { bad: [...violations, ...untold].flatMap(brief), contrast: passes.some(({ id }) => id === 'color-contrast') }
  }, [within, only])
  assert.deepEqual(found, { bad: [], contrast: true }, 'WCAG A and AA')
}

// WCAG 1.4.11, which axe-core does not know: the edge of every control against the ground around it, 3:1.
export async function outlined(page) {
  const weak = await page.evaluate(async () => {
    await Promise.all(document.getAnimations().map((animation) => animation.finished))
    const channels = (color) => color.match(/[\d.]+/g).map(Number)
    const luminance = (color) => {
      const [red, green, blue] = channels(color).map((value) => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
    const clear = (color) => channels(color)[3] === 0
    const ground = (element) => {
      const color = getComputedStyle(element).backgroundColor
      return clear(color) ? ground(element.parentElement) : color
    }
    const contrast = (one, other) => {
      const [dim, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b)
      return (bright + 0.05) / (dim + 0.05)
    }
    return [...document.querySelectorAll('input:not([type=hidden]), select, textarea, .button')].map((element) => {
      const { borderTopColor, backgroundColor } = getComputedStyle(element)
      const edge = clear(borderTopColor) ? backgroundColor : borderTopColor
      const against = contrast(edge, ground(element.parentElement))
      return { name: element.name || element.textContent.trim(), against: Math.round(against * 100) / 100 }
    }).filter(({ against }) => against < 3)
  })
  assert.deepEqual(weak, [], 'edges of controls, 3:1')
}

// Every link and button as it looks under the pointer, and with the keyboard's focus on it.
export async function pointedAt(page) {
  const contrast = { type: 'rule', values: ['color-contrast'] }
  const controls = page.locator('main a, main button, header a, footer a, footer button')
  for (const control of await controls.all()) {
    await control.hover()
    await control.evaluate((element) => Promise.all(element.getAnimations().map((animation) => animation.finished)))
    await accessible(page, 'body', contrast)
  }
}

// What has the keyboard's focus, and whether that can be seen.
export const focused = (page) => page.evaluate(() => {
  const element = document.activeElement
  const { top, bottom, left, right } = element.getBoundingClientRect()
  const { outlineStyle, outlineWidth } = getComputedStyle(element)
  const inside = top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth
  return { name: element.textContent.trim().replaceAll('\u00a0', ' ') || element.name, seen: inside && outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 }
})
