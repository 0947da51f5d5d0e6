import { describe, expect, it } from 'vitest'
import { floodGate } from './flood.ts'

describe('a source that repeats itself', () => {
  it('is logged once a minute for each message, with the number of those left out', () => {
    let nowMs = 0
    const gate = floodGate(() => nowMs)
    expect(gate.pass('a')).toEqual({ leftOut: 0 })
    expect(gate.pass('a')).toBeUndefined()
    expect(gate.pass('a')).toBeUndefined()
    expect(gate.pass('b')).toEqual({ leftOut: 2 })
    nowMs = 60_000
    expect(gate.pass('a')).toEqual({ leftOut: 0 })
  })

  it('passes only so many different messages a minute', () => {
    let nowMs = 0
    const gate = floodGate(() => nowMs)
    const passed = Array.from({ length: 1_000 }, (_, n) => gate.pass(`error ${n}`)).filter(Boolean)
    expect(passed).toHaveLength(20)
    nowMs = 60_000
    expect(gate.pass('another')).toEqual({ leftOut: 980 })
  })
})
