// Node: oauth-1.0a, a signer for any HTTP client; here with the built-in fetch.

import { createHmac, sign as signWith } from 'node:crypto'
import { createRequire } from 'node:module'
import OAuth from 'oauth-1.0a'
import { authorize, base, browse, config, credentialsFor, grouped, initiate, say, send, step, token } from './support.mjs'

const METHODS = ['HMAC-SHA1', 'HMAC-SHA256', 'HMAC-SHA512', 'RSA-SHA1', 'RSA-SHA256', 'RSA-SHA512', 'PLAINTEXT']
const FORM = 'application/x-www-form-urlencoded'

// The library asks for the hash function, whatever the method; it makes the base string and the key.
function signer(method = 'HMAC-SHA1') {
  const { id, secret, key } = credentialsFor(method)
  const digest = method.split('-')[1]?.toLowerCase()
  const hash = {
    HMAC: (text, both) => createHmac(digest, both).update(text).digest('base64'),
    RSA: (text) => signWith(digest, Buffer.from(text), key).toString('base64'),
    PLAINTEXT: (_, both) => both,
  }[method.split('-')[0]]
  return new OAuth({ consumer: { key: id, secret }, signature_method: method, hash_function: hash })
}

const encoded = (data) => Object.entries(data)
  .flatMap(([name, values]) => [values].flat().map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`))
  .join('&')

function signed(oauth, method, url, granted, data) {
  const copy = data && { ...data } // `authorize` merges the query and sorts arrays in place
  return oauth.toHeader(oauth.authorize({ url, method, data: copy }, granted))
}

const get = (url, granted, oauth = signer()) => send(url, { headers: signed(oauth, 'GET', url, granted) })

function sendForm(method, url, granted, data) {
  const headers = { ...signed(signer(), method, url, granted, structuredClone(data)), 'Content-Type': FORM }
  return send(url, { method, headers, body: encoded(data) })
}

async function ask(url, oauth, granted, protocol) {
  const headers = signed(oauth, 'POST', url, granted, protocol)
  const { status, body } = await send(url, { method: 'POST', headers })
  if (status !== 200) throw new Error(`${status} ${body}`)
  return Object.fromEntries(new URLSearchParams(body))
}

async function dance(method = 'HMAC-SHA1', callback = config.callback, report = () => {}) {
  const oauth = signer(method)
  const temporary = await ask(initiate, oauth, undefined, { oauth_callback: callback })
  report({ step: 'initiate', credentials: temporary })
  const back = await browse(`${authorize}?oauth_token=${temporary.oauth_token}`)
  const same = [null, temporary.oauth_token].includes(back.oauth_token)
  report({ step: 'authorize', verifier: back.oauth_verifier, same_token: same })
  const asking = { key: temporary.oauth_token, secret: temporary.oauth_token_secret }
  const credentials = await ask(token, oauth, asking, { oauth_verifier: back.oauth_verifier })
  report({ step: 'token', credentials })
  return { key: credentials.oauth_token, secret: credentials.oauth_token_secret }
}

const { version } = createRequire(import.meta.url)('oauth-1.0a/package.json')
say({ about: `oauth-1.0a ${version}, Node ${process.versions.node}` })

const granted = await dance('HMAC-SHA1', config.callback, say)
const hard = config.query.replaceAll('+', '%20')
await step('whoami', () => get(`${base}/api/whoami`, granted))
await step('query', () => get(`${base}/echo/query?${hard}`, granted),
  'spaces written as %20: the library takes a + in a query for a plus sign')
await step('query dup', () => get(`${base}/echo/query?${config.twice}`, granted))
await step('in header', () => get(`${base}/echo/header`, granted))
await step('in query', () => {
  const url = `${base}/echo/query`
  return send(`${url}?${encoded(signer().authorize({ url, method: 'GET', data: { a: 'b' } }, granted))}`)
})
await step('in body', () => {
  const url = `${base}/echo/body`
  const body = encoded(signer().authorize({ url, method: 'POST', data: { a: 'b' } }, granted))
  return send(url, { method: 'POST', headers: { 'Content-Type': FORM }, body })
})
await step('form', () => sendForm('POST', `${base}/echo/form`, granted, grouped(config.pairs)))
await step('form dup', () => sendForm('POST', `${base}/echo/form`, granted, grouped(config.twice_pairs)))
await step('json', () => {
  const url = `${base}/echo/json`
  const headers = { ...signed(signer(), 'POST', url, granted), 'Content-Type': 'application/json' }
  return send(url, { method: 'POST', headers, body: config.json })
})
await step('put', () => sendForm('PUT', `${base}/echo/put`, granted, grouped(config.pairs)))
await step('delete', () => {
  const url = `${base}/echo/delete?id=7&why=a%20b`
  return send(url, { method: 'DELETE', headers: signed(signer(), 'DELETE', url, granted) })
})
await step('oob', async () => get(`${base}/echo/oob`, await dance('HMAC-SHA1', 'oob')))
for (const method of METHODS) {
  await step(method, async () => get(`${base}/echo/method`, await dance(method), signer(method)))
}
await step('2-legged', () => get(`${base}/echo/two-legged`))
await step('tampered', () => get(`${base}/echo/tampered`, { ...granted, secret: `${granted.secret}x` }))
await step('replay', async () => {
  const url = `${base}/echo/replay`
  const headers = signed(signer(), 'GET', url, granted)
  const { status: first } = await send(url, { headers })
  return { first, ...(await send(url, { headers })) }
})
