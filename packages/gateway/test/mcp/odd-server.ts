/**
 * An MCP server over stdio that misbehaves as its arguments say: `silent` answers nothing, `deaf` ignores SIGTERM and
 * the end of its input, `noisy` writes what is no message, `parent` has a child of its own, `file` has a tool of that name. `pids <file>` writes down
 * which processes there are. Its tools are the rest of the trouble.
 */

import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [pidFile, ...habits] = process.argv.slice(2)
const has = (habit: string) => habits.includes(habit)
const notePid = (pid = 0) => pidFile && appendFileSync(pidFile, `${pid}\n`)

notePid(process.pid)
console.error('a complaint on stderr')
if (has('noisy')) console.log('Welcome!\n{"half": \n42\n{"jsonrpc":"2.0","id":999,"result":{}}')
if (has('parent'))
  notePid(spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' }).pid)
if (has('deaf')) {
  process.on('SIGTERM', () => {})
  setInterval(() => {}, 1_000)
}

interface Request {
  readonly id?: number
  readonly method: string
  readonly params?: { readonly name?: string; readonly arguments?: Record<string, unknown> }
}

const names = ['echo', 'die', 'hang', 'fail', 'env', 'flood', 'odd/name.é', 'send_file', 'learn']
if (has('file')) names.push('file')
const tools = () =>
  names.map((name) => ({ name, description: `It is ${name}.`, inputSchema: { type: 'object' } }))
const broad = { name: 'broad', inputSchema: { type: 'object', description: 'x'.repeat(30_000) } }
const text = (said: string, more: object = {}) => ({ content: [{ type: 'text', text: said }], ...more })

const calls: Record<string, (input: unknown) => object | undefined> = {
  echo: (input) => text(JSON.stringify(input)),
  die: () => process.exit(3),
  hang: () => undefined,
  fail: () => text(`no luck with ${process.env.SECRET}`, { isError: true }),
  // Another tool from now on: announced by `learn`, or not.
  learn: (input) => {
    names.push(JSON.stringify(input).includes('secretly') ? 'unannounced' : 'announced')
    if (!names.includes('unannounced'))
      console.log('{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}')
    return text('learnt')
  },
  env: () => text(Object.entries(process.env).join('\n')),
  flood: () => {
    process.stdout.write('x'.repeat(9 * 1024 * 1024))
    return undefined
  },
}

function answer({ method, params }: Request): object | undefined {
  if (method === 'initialize') {
    const serverInfo = { name: 'odd', version: '1' }
    return { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo }
  }
  if (method === 'tools/list') return { tools: [...tools(), broad] }
  return calls[params?.name ?? '']?.(params?.arguments) ?? undefined
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const request: Request = JSON.parse(line)
  if (request.id === undefined || has('silent')) return
  const known = ['initialize', 'tools/list', 'tools/call'].includes(request.method)
  const result = known ? answer(request) : undefined
  if (known && result === undefined) return
  const error = { code: -32601, message: 'no such method' }
  console.log(JSON.stringify({ jsonrpc: '2.0', id: request.id, ...(result ? { result } : { error }) }))
})
