// What both Node clients share: the configuration, the browser, and the reports.

import { readFileSync } from 'node:fs'

export const config = JSON.parse(readFileSync(0, 'utf8'))
export const { base } = config
export const initiate = `${base}/oauth/initiate`
export const authorize = `${base}/oauth/authorize`
export const token = `${base}/oauth/token`

export const say = (line) => console.log(JSON.stringify(line))

// Runs one step; `action` answers the fields to report. A failure is reported and the next step goes on.
export async function step(name, action, note) {
  try {
    say({ step: name, ...(await action()), ...(note && { note }) })
  } catch (error) {
    say({ step: name, error: `${error.name ?? 'error'}: ${error.message ?? JSON.stringify(error)}` })
  }
}

export const notPossible = (name, na) => say({ step: name, na })

// Lets the resource owner approve; answers what the browser brought back.
export async function browse(url) {
  const answer = await fetch(`${config.browser}/approve?url=${encodeURIComponent(url)}`)
  const back = await answer.json()
  if (!answer.ok) throw new Error(back.error)
  return back
}

// Sends a request as given; answers the fields to report.
export async function send(url, options) {
  const answer = await fetch(url, options)
  return { status: answer.status, body: await answer.text() }
}

// The client identifier, secret and private key (PEM) to use with a signature method.
export function credentialsFor(method) {
  if (!method.startsWith('RSA-')) return { ...config.client, key: null }
  return { id: config.rsa.id, secret: '', key: readFileSync(config.rsa.private_key_file, 'utf8') }
}

// A list of pairs as an object; a key that comes several times gets an array.
export function grouped(pairs) {
  const found = {}
  for (const [name, value] of pairs) {
    if (name in found) found[name] = [found[name], value].flat()
    else found[name] = value
  }
  return found
}
