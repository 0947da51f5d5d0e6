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

const deadline = `
  import { withDeadline } from ${here('waiting.ts')}
  const work = async (signal) => (await fetch(process.argv[1], { signal })).text()
  console.log(await withDeadline(work, { ms: ${timeoutMs} }).catch(String))
`

const signal = `
  import { timeoutSignal } from ${here('deadline-timer.ts')}
  const answer = fetch(process.argv[1], { signal: timeoutSignal(${timeoutMs}) }).then((response) => response.text())
  console.log(await answer.catch(String))
`

const guardedUrl = `
  import { fetchText } from ${here('url-guard.ts')}
  const { signal } = new AbortController()
  const options = { maxBytes: 1e6, timeoutMs: ${timeoutMs}, signal, isAllowed: () => true }
  console.log(await fetchText(process.argv[1], options).catch(String))
`

describe.skipIf(process.platform === 'win32')('a process that was paused over the end of its time', () => {
  it.each([
    ['withDeadline', deadline],
    ['timeoutSignal', signal],
    ['the URL guard', guardedUrl],
  ])('reads the answer that has arrived: %s', { timeout: 30_000 }, async (_, code) => {
    expect((await pausedClient(code, 'came in time')).trim()).toBe('came in time')
  })
})

describe('deadlineTimer', () => {
  it('ends once, a while after a pause', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const end = vi.fn()
    deadlineTimer(100, end)
    const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000)
    onTestFinished(() => clock.mockRestore())
    vi.advanceTimersByTime(100)
    expect(end).not.toHaveBeenCalled()
    vi.advanceTimersByTime(10_000)
    expect(end).toHaveBeenCalledOnce()
  })

  it('does not end when it was cancelled', () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const end = vi.fn()
    deadlineTimer(100, end).cancel()
    vi.advanceTimersByTime(10_000)
    expect(end).not.toHaveBeenCalled()
  })
})
