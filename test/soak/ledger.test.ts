import { beforeEach, describe, expect, it } from 'vitest'
import { type Excuses, Ledger, restOfAnswer } from './ledger.ts'
import { fileOf, nothingAsked, partOf } from './wishes.ts'

const none: Excuses = {
  uncertain: new Set(),
  unreadable: new Set(),
  failed: new Set(),
  cutOff: new Set(),
  packed: new Set(),
}
const here = 'mock-0/direct'

let ledger: Ledger
let number: number
beforeEach(() => {
  ledger = new Ledger()
  number = ledger.owe(here)
})

const balance = (excuses: Partial<Excuses> = {}) => ledger.balance({ ...none, ...excuses })
const come = (...parts: number[]) => {
  for (const part of parts) ledger.receiveText(here, partOf(number, part))
}

describe('the ledger of a soak', () => {
  it('has nothing to say of an answer that came', () => {
    ledger.promise(number, { parts: 2, file: true })
    ledger.receiveText(here, `${partOf(number, 1)} and so on\n\n${partOf(number, 2)}`)
    ledger.receiveFile(here, fileOf(number))
    const wrong = { lost: [], twice: [], disordered: [], astray: [] }
    expect(balance()).toMatchObject({ messages: 1, answered: 1, notices: 0, ...wrong })
  })

  it('finds a message without an answer, and parts and files that are missing', () => {
    expect(balance().lost).toEqual([partOf(number, 1)])
    ledger.promise(number, { parts: 3, file: true })
    come(1, 3)
    expect(balance().lost).toEqual([partOf(number, 2), fileOf(number)])
  })

  it('finds what comes twice', () => {
    come(1, 1)
    expect(balance()).toMatchObject({ answered: 1, twice: [partOf(number, 1)] })
  })

  it('finds parts in another order', () => {
    ledger.promise(number, { parts: 2, file: false })
    come(2, 1)
    expect(balance()).toMatchObject({ answered: 1, disordered: [number] })
  })

  it('finds what comes to another chat, and a file that nobody asked for', () => {
    ledger.receiveText('mock-1/direct', partOf(number, 1))
    ledger.receiveFile(here, 'photo.png')
    expect(balance().astray).toEqual([`${partOf(number, 1)} in mock-1/direct`, `photo.png in ${here}`])
    expect(balance().lost).toEqual([partOf(number, 1)])
  })

  it('accepts the rest of an answer as a file only where the gateway has sent one, to the chat', () => {
    ledger.promise(number, { parts: 3, file: false })
    come(1)
    const packed = new Set([number])
    expect(balance({ packed }).lost).toEqual([partOf(number, 2), partOf(number, 3)])
    ledger.receiveFile('mock-1/direct', restOfAnswer)
    expect(balance({ packed }).lost).toHaveLength(2)
    ledger.receiveFile(here, restOfAnswer)
    expect(balance({ packed })).toMatchObject({ packed: 1, lost: [], astray: [] })
    expect(balance().lost).toHaveLength(2)
  })

  it('accepts a turn that failed because of the model only where the chat got a notice', () => {
    const failed = new Set([number])
    expect(balance({ failed }).lost).toHaveLength(1)
    ledger.receiveText(here, nothingAsked)
    expect(balance({ failed }).lost).toHaveLength(1)
    ledger.receiveText(here, 'Sorry, something went wrong.')
    expect(balance().lost).toHaveLength(1)
    expect(balance({ failed })).toMatchObject({ failed: 1, notices: 1, lost: [] })
  })

  it('accepts what the gateway reports as uncertain, and counts the rest as lost', () => {
    ledger.promise(number, { parts: 2, file: false })
    const uncertain = new Set([partOf(number, 2)])
    expect(balance({ uncertain }).lost).toEqual([partOf(number, 1)])
    come(1)
    expect(balance({ uncertain })).toMatchObject({ uncertain: 1, lost: [] })
  })

  it('accepts an answer that was cut off with a notice', () => {
    ledger.promise(number, { parts: 2, file: false })
    come(1)
    const cutOff = new Set([number])
    expect(balance({ cutOff }).lost).toEqual([partOf(number, 2)])
    ledger.receiveText(here, 'The answer above was interrupted by a restart.')
    expect(balance({ cutOff })).toMatchObject({ cutOff: 1, lost: [] })
  })
})
