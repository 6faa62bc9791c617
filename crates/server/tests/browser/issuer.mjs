// An issuer of OpenID Connect: it signs in whoever presses its button, and sends them back over another host of its own.

import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'

const text = (value) => Buffer.from(value).toString('base64url')
const page = (body) => `<!DOCTYPE html><html lang="en"><title>Issuer</title><link rel="icon" href="data:,"><h1>The issuer</h1>${body}`

export async function startIssuer(person) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const codes = new Map()
  const site = createServer(async (request, response) => {
    const url = new URL(request.url, base)
    const form = new URLSearchParams(await body(request))
    response.setHeader('Connection', 'close')
    const json = (value) => response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
    const html = (value) => response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page(value))
    const to = (location) => response.writeHead(303, { Location: location }).end()
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return json({
          issuer: base, authorization_endpoint: `${base}/authorize`, token_endpoint: `${base}/token`, jwks_uri: `${base}/keys`,
          response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'],
        })
      case '/keys':
        return json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', use: 'sig', alg: 'RS256' }] })
      case '/authorize':
        // By way of another host first, as issuers do.
        return to(`http://localhost:${port}/desk${url.search}`)
      case '/desk':
        return html(`<form method="post" action="/enter${url.search.replaceAll('&', '&amp;')}"><button>Sign in here</button></form>`)
      case '/enter': {
        const asked = url.searchParams
        const code = randomBytes(16).toString('hex')
        codes.set(code, asked)
        return to(`${asked.get('redirect_uri')}?${new URLSearchParams({ code, state: asked.get('state'), iss: base })}`)
      }
      case '/token': {
        const asked = codes.get(form.get('code'))
        codes.delete(form.get('code'))
        const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url')
        if (asked?.get('code_challenge') !== challenge) return response.writeHead(400, { 'Content-Type': 'application/json' }).end('{"error":"invalid_grant"}')
        return json({ access_token: 'a', token_type: 'Bearer', id_token: idToken(asked) })
      }
      default:
        return response.writeHead(404).end()
    }
  })
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  const { port } = site.address()
  const base = `http://127.0.0.1:${port}`

  function idToken(asked) {
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: base, aud: asked.get('client_id'), iat: now, exp: now + 60, nonce: asked.get('nonce'), ...person }
    const signed = [{ alg: 'RS256', kid: 'one' }, claims].map((part) => text(JSON.stringify(part))).join('.')
    return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`
  }

  const settings = `
[[sign_in.oidc]]
id = "example"
name = "Example Identity"
issuer = "${base}"
client_id = "countersign"
create_accounts = true
`
  const close = async () => { site.close(); await once(site, 'close') }
  return { base, settings, close }
}

async function body(request) {
  const pieces = []
  for await (const piece of request) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}
