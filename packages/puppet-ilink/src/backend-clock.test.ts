import { expect, it } from 'vitest'
import { BackendClock } from './backend-clock.ts'

const hourMs = 3_600_000
const backendMs = Date.UTC(2026, 0, 2, 3, 4, 5)
const header = new Date(backendMs).toUTCString()

function clockAt(localMs: number) {
  const said: string[] = []
  const local = { ms: localMs }
  const clock = new BackendClock({ now: () => local.ms, onWrong: (message) => said.push(message) })
  return { clock, said, local }
}

it.each([
  ['ahead of', 25 * hourMs],
  ['behind', -25 * hourMs],
])(
  'uses the time of the backend if the clock of this machine is %s it, and reports that once',
  (where, aheadMs) => {
    const { clock, said, local } = clockAt(backendMs + aheadMs)
    expect([clock.now(), clock.offsetMs]).toEqual([local.ms, undefined])
    for (let n = 0; n < 3; n++) clock.see(header)
    expect([clock.now(), clock.offsetMs]).toEqual([backendMs, -aheadMs])
    local.ms += hourMs
    expect(clock.now()).toBe(backendMs + hourMs)
    expect(said).toEqual([`The clock of this machine is 1500 minutes ${where} iLink's; iLink's time is used`])
  },
)

it('follows a clock that is set while it runs', () => {
  const { clock, local } = clockAt(backendMs)
  clock.see(header)
  local.ms += 25 * hourMs
  clock.see(header)
  expect(clock.now()).toBe(backendMs)
})

it('takes a small difference for a delay', () => {
  const { clock, said, local } = clockAt(backendMs + 30_000)
  clock.see(header)
  expect([clock.now(), clock.offsetMs, said]).toEqual([local.ms, 0, []])
})

it.each([undefined, '', 'yesterday', 5, ['x']])('ignores the header %j', (date) => {
  const { clock, said, local } = clockAt(backendMs + 25 * hourMs)
  clock.see(date)
  expect([clock.now(), clock.offsetMs, said]).toEqual([local.ms, undefined, []])
})
