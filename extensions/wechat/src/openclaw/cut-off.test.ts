import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Turn } from '@moltbot/channel-sdk'
import { beforeEach, expect, it } from 'vitest'
import { temporaryFolder } from '../../test/samples.ts'
import { CutOffNotes } from './cut-off.ts'

let file = ''
beforeEach(() => {
  file = join(temporaryFolder(), 'cut-off.json')
})

function turn(text: string, id = text): Turn {
  const sender = { id: 'u1' }
  return {
    id,
    channelId: 'wechat',
    accountId: 'a',
    conversation: { kind: 'direct', id: 'u1' },
    sender,
    messages: [{ id, sender, text, timestampMs: 0 }],
    attempt: 1,
    historyLimit: 10,
  }
}

const told = (session: string) => new CutOffNotes(file).contextOf(session).flatMap(({ payload }) => payload)

it('tells a session of each turn that was cut off, over a restart too, until it is forgotten', () => {
  const notes = new CutOffNotes(file)
  expect(told('s1')).toEqual([])
  notes.add('s1', turn('three things'), 'First')
  notes.add('s1', turn('three things'), 'First: tea')
  notes.add('s1', turn('more'), 'Second')
  notes.add('s2', turn('three things'), 'another')
  const ofFirst = [
    { question: 'three things', sent: 'First: tea' },
    { question: 'more', sent: 'Second' },
  ]
  expect(told('s1')).toEqual(ofFirst)
  notes.forget('s1')
  expect(told('s1')).toEqual([])
  expect(told('s2')).toHaveLength(1)
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

it('is bounded, and a damaged file is an empty one', () => {
  const notes = new CutOffNotes(file)
  for (let n = 0; n < 210; n++) notes.add('s', turn(`${n}`), 'x'.repeat(10_000))
  expect(told('s').map((note) => Reflect.get(Object(note), 'question'))).toEqual([
    '205',
    '206',
    '207',
    '208',
    '209',
  ])
  expect(JSON.stringify(told('s')).length).toBeLessThan(5 * 8_100)
  expect(statSync(file).size).toBeLessThan(200 * 8_200)
  writeFileSync(file, '[{')
  expect(told('s')).toEqual([])
})
