import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Mailbox } from './mailbox.ts'

/** What may happen to a mailbox: mail comes, a poll gets it, or a poll dies before it got it. */
const events = fc.array(fc.constantFrom('add', 'deliver', 'break'), { maxLength: 60 })

test('"ack": whatever polls break, every message arrives once and in order', () => {
  fc.assert(
    fc.property(events, (happened) => {
      const box = new Mailbox()
      const arrived: string[] = []
      let added = 0
      for (const event of [...happened, 'deliver']) {
        if (event === 'add') box.add(`${++added}`)
        else {
          const { texts, undo } = box.take('ack', 0, 0)
          if (event === 'break') undo()
          else arrived.push(...texts)
        }
      }
      expect(arrived).toEqual(Array.from({ length: added }, (_, n) => `${n + 1}`))
    }),
  )
})

test('"replay": what lies after the cursor comes again, and nothing else', () => {
  fc.assert(
    fc.property(fc.nat(30), fc.nat(30), (count, cursor) => {
      const box = new Mailbox()
      for (let n = 1; n <= count; n++) box.add(`${n}`)
      box.take('replay', 0, 0)
      expect(box.take('replay', cursor, 0).texts).toHaveLength(Math.max(0, count - cursor))
    }),
  )
})

test('"duplicate": a message comes again after its time, once', () => {
  const box = new Mailbox()
  box.add('a')
  const seen = [0, 500, 1_000, 5_000].map((nowMs) => box.take('duplicate', 0, nowMs).texts)
  expect(seen).toEqual([['a'], [], ['a'], []])
})

test('a steady stream of new messages does not hold the repeated ones back', () => {
  const box = new Mailbox()
  const seen = [0, 600, 1_200].map((nowMs) => {
    box.add(`at ${nowMs}`)
    return box.take('duplicate', 0, nowMs).texts
  })
  expect(seen).toEqual([['at 0'], ['at 600'], ['at 0', 'at 600', 'at 1200']])
})

test('messages of two polls that both break come again', () => {
  const box = new Mailbox()
  box.add('a')
  const first = box.take('ack', 0, 0)
  box.add('b')
  const second = box.take('ack', 0, 0)
  first.undo()
  second.undo()
  expect(box.take('ack', 0, 0).texts).toEqual(['a', 'b'])
})
