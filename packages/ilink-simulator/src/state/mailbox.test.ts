import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Mailbox } from './mailbox.ts'

const at = (seq: number) => ({ seq, batch: 0 })

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
          const { texts, undo } = box.take('ack', at(0), 0)
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
      box.take('replay', at(0), 0)
      expect(box.take('replay', at(cursor), 0).texts).toHaveLength(Math.max(0, count - cursor))
    }),
  )
})

test('"duplicate": a message comes again after its time, once', () => {
  const box = new Mailbox()
  box.add('a')
  const seen = [0, 500, 1_000, 5_000].map((nowMs) => box.take('duplicate', at(0), nowMs).texts)
  expect(seen).toEqual([['a'], [], ['a'], []])
})

test('a steady stream of new messages does not hold the repeated ones back', () => {
  const box = new Mailbox()
  const seen = [0, 600, 1_200].map((nowMs) => {
    box.add(`at ${nowMs}`)
    return box.take('duplicate', at(0), nowMs).texts
  })
  expect(seen).toEqual([['at 0'], ['at 600'], ['at 0', 'at 600', 'at 1200']])
})

test('messages of two polls that both break come again', () => {
  const box = new Mailbox()
  box.add('a')
  const first = box.take('ack', at(0), 0)
  box.add('b')
  const second = box.take('ack', at(0), 0)
  first.undo()
  second.undo()
  expect(box.take('ack', at(0), 0).texts).toEqual(['a', 'b'])
})

test('a batch of a broken connection comes again although another poll went on meanwhile', () => {
  const box = new Mailbox()
  box.add('for the one that died')
  const dying = box.take('ack', at(0), 0)
  box.add('for the next')
  const next = box.take('ack', at(0), 0)
  dying.undo()
  expect(next.texts).toEqual(['for the next'])
  expect(box.take('ack', next.position, 0).texts).toEqual(['for the one that died'])
})

test('a batch does not come again to a client that goes on from its end, whenever its connection broke', () => {
  const box = new Mailbox()
  box.add('read')
  const batch = box.take('ack', at(0), 0)
  batch.undo()
  expect(box.take('ack', batch.position, 0).texts).toEqual([])
  box.add('read too')
  const second = box.take('ack', batch.position, 0)
  expect(box.take('ack', second.position, 0).texts).toEqual([])
  second.undo()
  expect(box.take('ack', second.position, 0).texts).toEqual([])
})

test('a batch that was lost twice comes a third time', () => {
  const box = new Mailbox()
  box.add('a')
  const { position } = box.take('ack', at(0), 0)
  box.add('b')
  box.take('ack', position, 0).undo()
  box.take('ack', position, 0).undo()
  expect(box.take('ack', position, 0).texts).toEqual(['b'])
})
