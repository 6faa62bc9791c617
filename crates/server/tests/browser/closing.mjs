// Reports to node's test runner: one line for each test, each failure in full, and the sum as the last line.

import { inspect } from 'node:util'

export default async function* report(events) {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  const failures = []
  for await (const { type, data } of events) {
    if (type === 'test:stderr' || type === 'test:stdout') yield data.message
    if (type === 'test:diagnostic' && data.nesting > 0) yield `${indent(data)}${data.message}\n`
    if (type !== 'test:pass' && type !== 'test:fail') continue
    if (data.details.type === 'suite') continue
    const outcome = data.skip !== undefined ? 'skipped' : type === 'test:pass' ? 'passed' : 'failed'
    sum[outcome] += 1
    yield `${indent(data)}${outcome === 'passed' ? 'ok' : outcome.toUpperCase()}  ${data.name}  ${Math.round(data.details.duration_ms)} ms\n`
    if (outcome === 'failed') failures.push(data)
  }
  const told = new Set()
  for (const { name, details } of failures) {
    const cause = details.error?.cause ?? details.error
    const text = cause?.stack ?? inspect(cause)
    if (!told.has(text)) yield `\n--- ${name}\n${text}\n`
    told.add(text)
  }
  yield `\npages: ${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped\n`
}

const indent = ({ nesting }) => '  '.repeat(nesting)
