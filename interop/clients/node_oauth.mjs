// Node: oauth (node-oauth), the client below passport-oauth1.

import { createRequire } from 'node:module'
import oauthPackage from 'oauth'
import {
  authorize, base, browse, config, credentialsFor, grouped, initiate, notPossible, say, send, step, token,
} from './support.mjs'

const METHODS = ['HMAC-SHA1', 'HMAC-SHA256', 'RSA-SHA1', 'PLAINTEXT']

// The version is '1.0': the '1.0A' of the library's own examples is no version of RFC 5849 §3.1.
function client(method = 'HMAC-SHA1', callback = config.callback) {
  const { id, secret, key } = credentialsFor(method)
  return new oauthPackage.OAuth(initiate, token, id, key ?? secret, '1.0', callback, method)
}

// Calls a method of the library that wants a callback; a refusal is an answer too.
function call(oauth, name, ...given) {
  return new Promise((resolve, reject) => {
    oauth[name](...given, (error, data, response) => {
      if (error && !error.statusCode) reject(error)
      else resolve({ status: error?.statusCode ?? response.statusCode, body: error?.data ?? data })
    })
  })
}

function askFor(oauth, name, ...given) {
  return new Promise((resolve, reject) => {
    oauth[name](...given, (error, key, secret, more) => {
      if (error) reject(new Error(`${error.statusCode} ${error.data}`))
      else resolve({ oauth_token: key, oauth_token_secret: secret, ...more })
    })
  })
}

async function dance(method = 'HMAC-SHA1', callback = config.callback, report = () => {}) {
  const oauth = client(method, callback)
  const temporary = await askFor(oauth, 'getOAuthRequestToken')
  report({ step: 'initiate', credentials: temporary })
  const back = await browse(`${authorize}?oauth_token=${temporary.oauth_token}`)
  const same = [null, temporary.oauth_token].includes(back.oauth_token)
  report({ step: 'authorize', verifier: back.oauth_verifier, same_token: same })
  const asking = [temporary.oauth_token, temporary.oauth_token_secret, back.oauth_verifier]
  const credentials = await askFor(oauth, 'getOAuthAccessToken', ...asking)
  report({ step: 'token', credentials })
  return [credentials.oauth_token, credentials.oauth_token_secret]
}

const { version } = createRequire(import.meta.url)('oauth/package.json')
say({ about: `oauth ${version}, Node ${process.versions.node}` })

const granted = await dance('HMAC-SHA1', config.callback, say)
const oauth = client()
await step('whoami', () => call(oauth, 'get', `${base}/api/whoami`, ...granted))
await step('query', () => call(oauth, 'get', `${base}/echo/query?${config.query}`, ...granted))
await step('query dup', () => {
  const url = `${base}/echo/query`
  const parameters = oauth._prepareParameters(...granted, 'GET', url, grouped(config.twice_pairs))
  const headers = { Authorization: oauth._buildAuthorizationHeaders(parameters) }
  return send(`${url}?${config.twice}`, { headers })
}, 'get() signs a key that comes twice as dup[0] and dup[1]; signed by its _prepareParameters with an array')
await step('in header', () => {
  const url = `${base}/echo/header`
  return send(url, { headers: { Authorization: oauth.authHeader(url, ...granted) } })
})
await step('in query', () => send(oauth.signUrl(`${base}/echo/query?a=b`, ...granted)))
notPossible('in body', 'the library writes credentials into the header or (signUrl) the query only')
await step('form', () => call(oauth, 'post', `${base}/echo/form`, ...granted, grouped(config.pairs), null))
await step('form dup', () => call(oauth, 'post', `${base}/echo/form`, ...granted, grouped(config.twice_pairs), null))
await step('json', () => call(oauth, 'post', `${base}/echo/json`, ...granted, config.json, 'application/json'))
await step('put', () => call(oauth, 'put', `${base}/echo/put`, ...granted, grouped(config.pairs), null))
await step('delete', () => call(oauth, 'delete', `${base}/echo/delete?id=7&why=a%20b`, ...granted))
await step('oob', async () => call(oauth, 'get', `${base}/echo/oob`, ...(await dance('HMAC-SHA1', 'oob'))))
for (const method of METHODS) {
  await step(method, async () => call(client(method), 'get', `${base}/echo/method`, ...(await dance(method))))
}
for (const method of ['HMAC-SHA512', 'RSA-SHA256', 'RSA-SHA512']) {
  notPossible(method, 'the constructor refuses the method, and there is no place to add one')
}
await step('2-legged', () => call(oauth, 'get', `${base}/echo/two-legged`, '', ''))
await step('tampered', () => call(oauth, 'get', `${base}/echo/tampered`, granted[0], `${granted[1]}x`))
await step('replay', async () => {
  const url = `${base}/echo/replay`
  const headers = { Authorization: oauth.authHeader(url, ...granted) }
  const { status: first } = await send(url, { headers })
  return { first, ...(await send(url, { headers })) }
})
