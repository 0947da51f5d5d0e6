import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type HoldFacts, nextStep } from './hold.ts'

const calm: HoldFacts = { isWanted: true, holder: 'this', mayRun: true, isStopped: false, here: 'running' }

test.each<[string, Partial<HoldFacts>, ReturnType<typeof nextStep>]>([
  ['a free account that it should serve', { holder: 'nobody', here: 'nothing' }, 'take'],
  ['one that it has taken', { here: 'nothing' }, 'start'],
  ['one that runs', {}, 'wait'],
  ['one that another holds still', { holder: 'another', here: 'nothing' }, 'wait'],
  ['one that is to move to another gateway', { isWanted: false }, 'leave'],
  ['one that is to move and whose turns still run', { isWanted: false, here: 'leaving' }, 'wait'],
  ['one that is to move and has ended', { isWanted: false, here: 'nothing' }, 'give-back'],
  ['one that another has taken over', { holder: 'another' }, 'stop'],
  [
    'one that another has taken over while its turns still run',
    { holder: 'another', here: 'leaving' },
    'stop',
  ],
  ['one that was expelled with this gateway', { holder: 'nobody' }, 'stop'],
  ['one that runs while the database does not answer', { mayRun: false }, 'stop'],
  ['one that leaves while the database does not answer', { mayRun: false, here: 'leaving' }, 'stop'],
  ['one that ended while the database does not answer', { mayRun: false, here: 'nothing' }, 'wait'],
  [
    'a free one while the database does not answer',
    { mayRun: false, here: 'nothing', holder: 'nobody' },
    'wait',
  ],
  ['one that the operator stops', { isStopped: true }, 'stop'],
  ['one that the operator has stopped', { isStopped: true, here: 'nothing' }, 'wait'],
  [
    'a free one that the operator has stopped',
    { isStopped: true, here: 'nothing', holder: 'nobody' },
    'take',
  ],
  ['one that is being stopped', { isWanted: false, here: 'stopping' }, 'wait'],
  ['one of another gateway', { isWanted: false, holder: 'another', here: 'nothing' }, 'wait'],
])('%s', (_, facts, step) => {
  expect(nextStep({ ...calm, ...facts })).toBe(step)
})

const anyFacts = fc.record<HoldFacts>({
  isWanted: fc.boolean(),
  holder: fc.constantFrom('nobody', 'this', 'another'),
  mayRun: fc.boolean(),
  isStopped: fc.boolean(),
  here: fc.constantFrom('nothing', 'running', 'leaving', 'stopping'),
})

test('starts only what it holds, and gives back only what does not run', () => {
  fc.assert(
    fc.property(anyFacts, (facts) => {
      const step = nextStep(facts)
      if (step === 'start') expect(facts).toMatchObject({ holder: 'this', mayRun: true, here: 'nothing' })
      if (step === 'give-back') expect(facts).toMatchObject({ holder: 'this', here: 'nothing' })
      if (step === 'take') expect(facts).toMatchObject({ holder: 'nobody', mayRun: true, here: 'nothing' })
    }),
  )
})

test('lets nothing run that it does not hold or may not run', () => {
  fc.assert(
    fc.property(anyFacts, fc.constantFrom('running', 'leaving'), (facts, here) => {
      if (facts.holder !== 'this' || !facts.mayRun) expect(nextStep({ ...facts, here })).toBe('stop')
    }),
  )
})
