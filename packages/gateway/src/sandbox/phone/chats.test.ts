import { describe, expect, it } from 'vitest'
import { Chats, type ShownMessage } from './chats.ts'
import { People } from './phone-line.ts'

const message = (id: string, atMs = 1, more: Partial<ShownMessage> = {}): ShownMessage => ({
  id,
  atMs,
  kind: 'text',
  text: id,
  ...more,
})
const idsOf = (messages: readonly ShownMessage[]) => messages.map(({ id }) => id)

describe('a chat on the phone', () => {
  it('is in the order of time, however its messages come', () => {
    const chats = new Chats()
    for (const [id, atMs] of [
      ['b', 2],
      ['a', 1],
      ['c', 2],
    ] as const)
      chats.add('x', message(id, atMs))
    expect(idsOf(chats.read('x'))).toEqual(['a', 'b', 'c'])
    expect(chats.read('y')).toEqual([])
  })

  it('keeps the newest hundred messages, and the files of these only', () => {
    const chats = new Chats()
    const file = { name: 'f' }
    for (let n = 0; n < 101; n++) chats.add('x', message(`${n}`, n, { kind: 'file', file }), 'aGVsbG8=')
    expect(idsOf(chats.read('x'))).toHaveLength(100)
    expect(() => chats.file('x', '0')).toThrow('not on the phone')
    expect(chats.hasFile('0')).toBe(false)
    expect(chats.file('x', '1')).toEqual({ name: 'f', base64: 'aGVsbG8=' })
  })

  it('gives up the oldest files when there is no more room', () => {
    const chats = new Chats()
    const large = 'x'.repeat(30 * 1024 * 1024)
    for (const id of ['1', '2', '3'])
      chats.add('x', message(id, 1, { kind: 'file', file: { name: id } }), large)
    expect(['1', '2', '3'].map((id) => chats.hasFile(id))).toEqual([false, true, true])
  })

  it('gives its files to those who look at it, and to no other chat', () => {
    const chats = new Chats()
    chats.add('x', message('1', 1, { kind: 'file', file: { name: 'f' } }), 'aGVsbG8=')
    expect(() => chats.file('y', '1')).toThrow('not on the phone')
  })
})

describe('the people of a phone', () => {
  it('have ids of their own, and are not more than twenty', () => {
    const added: string[] = []
    const people = new People(
      (number) => `p${number}`,
      ({ name }) => added.push(name),
    )
    for (let n = 3; n <= 20; n++) expect(people.add('Ann')).toEqual({ id: `p${n}`, name: 'Ann' })
    expect(() => people.add('Ann')).toThrow('20')
    expect(added).toHaveLength(18)
    expect(() => people.get('stranger')).toThrow('does not have')
    expect(people.named('stranger')).toEqual({ id: 'stranger', name: 'stranger' })
  })
})
