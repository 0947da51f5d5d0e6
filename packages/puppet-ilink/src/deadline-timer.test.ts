import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { deadlineTimer } from './deadline-timer.ts'

const timeoutMs = 1_000

/** A process that waits for its sockets when it is paused reads them first; one that does something else runs timers first. */
const busy = 'setImmediate(function again() { setImmediate(again) })'

/** A client in a process of its own, paused when its request has come, until the answer lies in its socket and its time is over. */
const pausedClient = async (code: string, answer: string): Promise<string> => {
  const server = createServer(async (_, response) => {
    child.kill('SIGSTOP')
    response.end(answer)
    await setTimeout(timeoutMs + 1_000)
    child.kill('SIGCONT')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`
  const args = [
    '--conditions=@moltbot/source',
    '--input-type=module',
    '-e',
    `${busy}\n${code}\nprocess.exit()`,
    url,
  ]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
    server.closeAllConnections()
    server.close()
  })
  return await text(child.stdout)
}

const here = (file: string) => JSON.stringify(new URL(file, import.meta.url).href)

const poll = `
  import { Connections, requestText } from ${here('wire/http.ts')}
  const connections = new Connections()
  const exchange = { label: 'poll', timeoutMs: ${timeoutMs}, maxBodyBytes: 1e8, http: connections.http }
  const request = { method: 'POST', headers: {}, body: '' }
  const answer = await requestText(new URL(process.argv[1]), request, exchange).catch(String)
  console.log(answer.length < 100 ? answer : answer.length)
`

const download = `
  import { get } from 'node:http'
  import { watching } from ${here('media/transfer.ts')}
  const work = ({ signal }) => new Promise((resolve, reject) => {
    get(process.argv[1], { signal }, (response) => response.once('data', (data) => resolve(String(data)))).on('error', reject)
  })
  console.log(await watching(new AbortController().signal, ${timeoutMs}, work).catch(String))
`

describe.skipIf(process.platform === 'win32')('a process that was paused over the end of its time', () => {
  it.each([
    ['a poll', poll, 'came in time', 'came in time'],
    ['a poll with a large answer', poll, 'x'.repeat(5_000_000), '5000000'],
    ['a transfer', download, 'came in time', 'came in time'],
  ])('reads the answer that has arrived: %s', { timeout: 30_000 }, async (_, code, answer, expected) => {
    expect((await pausedClient(code, answer)).trim()).toBe(expected)
  })
})

describe('deadlineTimer', () => {
  it('ends once, after its time and not before', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const end = vi.fn()
    const timer = deadlineTimer(100, end)
    vi.advanceTimersByTime(99)
    timer.refresh()
    vi.advanceTimersByTime(99)
    expect(end).not.toHaveBeenCalled()
    vi.advanceTimersByTime(10_000)
    expect(end).toHaveBeenCalledOnce()
  })

  it.each([
    ['in time', 0],
    ['in the time after a pause', 60_000],
  ])('does not end when it is cancelled %s', (_, pausedMs) => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const end = vi.fn()
    const timer = deadlineTimer(100, end)
    const now = performance.now()
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + pausedMs)
    onTestFinished(() => clock.mockRestore())
    vi.advanceTimersByTime(pausedMs === 0 ? 99 : 100)
    timer.cancel()
    vi.advanceTimersByTime(10_000)
    expect(end).not.toHaveBeenCalled()
  })
})
