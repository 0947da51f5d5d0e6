import { describe, expect, it } from 'vitest'
import { hostContract } from '../src/testing/index.ts'
import type { Defect } from './defects.ts'
import { minimalHost } from './minimal-host.ts'

describe('the host contract passes a host that', () => {
  it.each(hostContract)('$name', async ({ run }) => {
    await run(minimalHost())
  })
})

/** What is broken, and the beginning of the name of each case that has to notice. */
const noticedBy: Record<Defect, readonly string[]> = {
  'hands on the raw configuration': ['hands the channel'],
  'starts on a refused configuration': ['does not start on'],
  'keeps the channel in the root of the state directory': ['gives a private folder'],
  'gives a public folder': ['gives a private folder'],
  'does not say how long words are waited for': ['says how long channels gather and wait'],
  'does not say when a turn is slow': ['says how long channels gather and wait'],
  'starts disabled accounts': ['starts each enabled account'],
  'starts accounts twice': ['starts each enabled account'],
  'dies of a broken account': ['lives on'],
  'stops the channel twice': ['stops the channel once'],
  'does not wait for the channel': ['stops the channel once'],
  'waits for the channel indefinitely': ['stops in the end'],
  'logs registered secrets': ['logs what the channel logs'],
  'answers by itself': ['answers a turn'],
  'drops all but the last message': ['shows the model all messages'],
  'forgets everything at a restart': ['remembers a conversation', 'remembers approvals'],
  'appends re-run turns': ['keeps one session entry'],
  'takes a second attempt for another turn': ['keeps one session entry'],
  'ignores the history limit': ['shows as many earlier'],
  'takes 0 for no history': ['shows as many earlier'],
  'shares sessions between accounts': ['never shares a session'],
  'shares sessions between peers': ['never shares a session'],
  'compares ids without case': ['never shares a session', 'approves a sender'],
  'keeps aborted turns': ['ends an aborted turn'],
  'ends an aborted turn with another error': ['ends an aborted turn', 'does not run a turn'],
  'tells the person the cause': ['ends in a notice'],
  'tells the cause with the key': ['ends in a notice'],
  'throws without a notice': ['ends in a notice'],
  'forgets answers that were cut off': ['shows the model what was sent'],
  'notes an answer that was cut off twice': ['shows the model what was sent'],
  'never resets a session': ['forgets a session'],
  'resets every session': ['forgets a session'],
  'loses the last piece': ['hands over the reply in pieces'],
  'drops context': ['shows the model what was said before'],
  'takes context for instructions': ['shows the model what was said before'],
  'drops names': ['shows the model who said what', 'does not let a name'],
  'takes names for instructions': ['shows the model who said what'],
  'mixes people of one name up': ['tells two people of one name apart'],
  'names people in plain text': ['does not let a name'],
  'drops quotes': ['shows the model what a message answers to'],
  'takes quotes for instructions': ['shows the model what a message answers to'],
  'drops file names': ['names the files'],
  'takes file names for instructions': ['names the files'],
  'lets text end its mark': ['does not let untrusted text'],
  "drops a group's system prompt": ["adds a group's system prompt"],
  "keeps a group's system prompt": ["adds a group's system prompt"],
  'ignores tool scopes': ['offers the model the tools', 'offers no tool'],
  'lets allow win over deny': ['offers the model the tools'],
  'takes the last scope only': ['offers the model the tools'],
  'takes scopes that admit nothing for none': ['offers no tool'],
  'draws codes from zeros and ones': ['gives a pairing code'],
  'gives codes that live for a day': ['gives a pairing code'],
  'gives a sender many codes': ['gives a sender one code'],
  'forgets which message asked': ['gives the message that asked'],
  'ignores logins': ['keeps what holds for one login'],
  'holds any number of requests': ['holds three requests'],
  'counts requests of all accounts together': ['holds three requests'],
  'approves for every account': ['approves a sender'],
  'approves any code': ['refuses a code'],
  'never lets a code expire': ['refuses an expired code'],
}

const isDefect = (name: string): name is Defect => Object.hasOwn(noticedBy, name)
const defects = Object.keys(noticedBy).filter(isDefect)

describe('the host contract fails a host that', () => {
  it.each(defects)('%s', async (defect) => {
    for (const beginning of noticedBy[defect]) {
      const guard = hostContract.find(({ name }) => name.startsWith(beginning))
      if (guard === undefined) throw new Error(`no case begins with "${beginning}"`)
      await expect(guard.run(minimalHost(defect)), guard.name).rejects.toThrow()
    }
  })

  it('breaks any one of its cases', () => {
    const beginnings = Object.values(noticedBy).flat()
    const unproven = hostContract.filter(({ name }) => !beginnings.some((one) => name.startsWith(one)))
    expect(unproven.map(({ name }) => name)).toEqual([])
  })
})
