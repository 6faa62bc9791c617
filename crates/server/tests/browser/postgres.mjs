// A PostgreSQL of the tests' own, reached by a socket in its folder.

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

const installed = '/usr/lib/postgresql'
const patience = 60_000

// Starts one without data; `url` is what the server's `--database` takes.
export async function startPostgres() {
  const versions = existsSync(installed) ? readdirSync(installed) : []
  const newest = versions.filter((version) => existsSync(join(installed, version, 'bin/initdb'))).sort((a, b) => b - a)[0]
  if (!newest) throw new Error('PostgreSQL is not installed: crates/store-sqlx/tests/setup.sh installs it')
  const folder = mkdtempSync(join(tmpdir(), 'countersign-pages-pg-'))
  const data = join(folder, 'data')
  // It refuses to run as root.
  const servant = process.getuid() === 0 ? { uid: id('-u'), gid: id('-g') } : {}
  if (servant.uid) chownSync(folder, servant.uid, servant.gid)
  const options = { cwd: '/', env: { PATH: process.env.PATH, LC_ALL: 'C' }, ...servant }
  const program = (name) => join(installed, newest, 'bin', name)

  const made = ['--auth=trust', '--username=countersign', '--encoding=UTF8', '--locale=C', '--no-sync', '-D', data]
  execFileSync(program('initdb'), made, { ...options, stdio: 'pipe' })
  appendFileSync(join(data, 'postgresql.conf'), `listen_addresses = ''\nunix_socket_directories = '${folder}'\nfsync = off\n`)
  const child = spawn(program('postgres'), ['-D', data], { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
  const log = []
  child.stderr.on('data', (text) => log.push(text))
  const ended = once(child, 'exit')

  async function close() {
    child.kill('SIGQUIT')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  const answers = () => {
    try {
      return Boolean(execFileSync(program('pg_isready'), ['-h', folder], { ...options, stdio: 'pipe' }))
    } catch {
      return false
    }
  }
  const until = Date.now() + patience
  while (!answers()) {
    if (child.exitCode !== null || Date.now() > until) {
      await close()
      throw new Error(`PostgreSQL does not start:\n${log.join('')}`)
    }
    await pause(20)
  }
  return { url: `postgres:///postgres?host=${folder}&user=countersign`, close }
}

const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
