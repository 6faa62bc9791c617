// The server under test, the application that asks it, and the browser that walks through it.

import { execFile, spawn } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'

const here = dirname(fileURLToPath(import.meta.url))
const binary = resolve(process.env.COUNTERSIGN_BINARY ?? join(here, '../../../../target/release/countersign'))

const settings = `
name = "Photos of Example Town"

[scopes]
photos = "See your photos and the albums they are in"
print = "Order prints, which you then pay for"
`

// --- Server

// Starts the binary on a free port, on that database or on a fresh one, with more settings before and tables behind the usual ones;
// `run` calls its other commands on the same one.
export async function startServer(more = '', { database = '', tables = '', signUp = 'open' } = {}) {
  if (!existsSync(binary)) throw new Error(`there is no ${binary}: build it, or set COUNTERSIGN_BINARY`)
  const folder = mkdtempSync(join(tmpdir(), 'countersign-pages-'))
  const config = join(folder, 'countersign.toml')
  writeFileSync(config, `sign_up = "${signUp}"\n${more}\n${settings}\n${tables}`)
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('COUNTERSIGN_'))
  const options = { cwd: folder, env: Object.fromEntries(inherited) }
  const place = ['--config', config, '--database', database || `sqlite:${join(folder, 'pages.db')}`]

  function run(args, input = '') {
    return new Promise((done, failed) => {
      const child = execFile(binary, [...args, ...place], options, (error, stdout, stderr) => {
        error ? failed(new Error(`countersign ${args.join(' ')}: ${stderr}`)) : done(stdout)
      })
      child.stdin.end(input)
    })
  }

  const serve = ['serve', '--listen', '127.0.0.1:0', '--insecure-http', '--echo', ...place]
  const child = spawn(binary, serve, { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  const log = []
  const address = new Promise((found, failed) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line)
      const served = /serves (http:\/\/[0-9.]+:[0-9]+)/.exec(line)
      if (served) found(served[1])
    })
    child.once('exit', () => failed(new Error(`the server ended:\n${log.join('\n')}`)))
  })

  async function close() {
    child.kill('SIGTERM')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  const base = await address.catch(async (error) => { await close(); throw error })
  return { base, run, log, close }
}

// --- Application

// The application's own site: it keeps every callback it gets, and may send the browser on to another address.
export async function startApplication(host = '127.0.0.1') {
  const arrived = []
  const site = createServer((request, response) => {
    const url = new URL(request.url, `http://${request.headers.host}`)
    response.setHeader('Connection', 'close')
    if (url.pathname === '/ready') arrived.push(Object.fromEntries(url.searchParams))
    if (url.searchParams.has('onward')) {
      response.writeHead(302, { Location: url.searchParams.get('onward') }).end()
    } else {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' })
      response.end('<!DOCTYPE html><html lang="en"><title>Back</title><link rel="icon" href="data:,"><h1>Back in the application</h1>')
    }
  })
  site.listen(0, host)
  await once(site, 'listening')
  const { port } = site.address()
  const close = async () => { site.close(); await once(site, 'close') }
  return { port, callback: `http://${host.includes(':') ? `[${host}]` : host}:${port}/ready`, arrived, close }
}

// RFC 3986's unreserved characters stay, all others become %XX.
const percent = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

// Sends a request that is signed with HMAC-SHA1 (RFC 5849 §3.4.2); answers the form of the response.
export async function signed(url, client, more, token = { oauth_token_secret: '' }) {
  const parameters = {
    oauth_consumer_key: client.client_id,
    oauth_nonce: randomBytes(16).toString('hex'),
    oauth_signature_method: 'HMAC-SHA1',
    oauth_timestamp: String(Math.floor(Date.now() / 1000)),
    ...(token.oauth_token && { oauth_token: token.oauth_token }),
    ...more,
  }
  const pairs = Object.entries(parameters).map((pair) => pair.map(percent).join('='))
  const text = ['POST', percent(url), percent(pairs.sort().join('&'))].join('&')
  const key = [client.client_secret, token.oauth_token_secret].map(percent).join('&')
  const signature = createHmac('sha1', key).update(text).digest('base64')
  const fields = Object.entries({ ...parameters, oauth_signature: signature })
  const header = `OAuth ${fields.map(([name, value]) => `${name}="${percent(value)}"`).join(', ')}`
  const answer = await fetch(url, { method: 'POST', headers: { Authorization: header } })
  const body = await answer.text()
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${body}`)
  return Object.fromEntries(new URLSearchParams(body))
}

// --- Browser

// With more arguments, such as where a name leads that nobody else knows.
export async function startBrowser(...more) {
  const named = process.env.CHROMIUM ? [process.env.CHROMIUM] : []
  const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
  const executablePath = [...named, ...usual].find(existsSync)
  if (!executablePath) throw new Error('there is no Chromium: run setup.sh, or set CHROMIUM')
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', ...more,
    ],
  })
}
