/** The surface: every member is there, refuses in one way, and what WeChaty asks by itself has an answer. */
import assert from 'node:assert/strict'
import type { Bench } from '../bench.ts'
import type { OptionalStimulus } from '../harness.ts'
import { members, type RefusableMember } from '../members.ts'
import { nobody, probes } from '../probes.ts'
import { isClearRefusal, isUnsupportedError } from '../refusals.ts'
import type { CaseDefinition } from './case.ts'

const optionalStimuli: readonly OptionalStimulus[] = ['receiveRoomText', 'sentTexts', 'restart']

const outcomeOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

/** Errors that crossed a wire carry the stack of the other side in their message. */
const firstLine = (error: unknown) => String(error).split('\n', 1)[0]

/** What is wrong with the way a member answers its probe; undefined when nothing is. */
async function complaint(bench: Bench, name: RefusableMember): Promise<string | undefined> {
  const probe = async () => probes[name](bench.puppet, bench.subject.unknownContactId)
  const error = await outcomeOf(bench.answer(probe(), name))
  const declared = bench.harness.unsupported?.includes(name) ?? false
  if (declared && error === undefined) return `${name} is listed as unsupported and does not refuse`
  if (declared && !isUnsupportedError(error))
    return `${name} refuses with "${firstLine(error)}", not the contract's error`
  if (!declared && isUnsupportedError(error)) return `${name} refuses and is not listed as unsupported`
  if (error !== undefined && !isClearRefusal(error)) return `${name} fails with "${firstLine(error)}"`
  return undefined
}

/** The questions of `members` that are `calledByWechaty` for things that every puppet has. */
async function unanswered(bench: Bench): Promise<readonly string[]> {
  const { puppet, subject } = bench
  const questions: Record<string, () => Promise<unknown>> = {
    contactList: () => puppet.contactList(),
    contactAlias: () => puppet.contactAlias(subject.peerId),
    conversationReadMark: () => puppet.conversationReadMark(subject.peerId),
    roomList: () => puppet.roomList(),
    roomMemberList: async () => {
      const [roomId] = await puppet.roomList()
      return roomId === undefined ? memberListOfNoRoom(bench) : puppet.roomMemberList(roomId)
    },
  }
  const answers = await Promise.all(
    Object.entries(questions).map(async ([name, ask]) => {
      const error = await outcomeOf(bench.answer((async () => ask())(), name))
      return error === undefined ? [] : [`${name} throws "${firstLine(error)}"`]
    }),
  )
  return answers.flat()
}

/** A puppet without rooms may say that there is no such room, but not that it has no such member. */
async function memberListOfNoRoom(bench: Bench): Promise<void> {
  const error = await outcomeOf((async () => bench.puppet.roomMemberList(nobody.roomId))())
  if (error !== undefined && (isUnsupportedError(error) || !isClearRefusal(error))) throw error
}

export const memberCases: readonly CaseDefinition[] = [
  {
    name: 'the harness gives exactly the stimuli that it declares',
    async run({ harness, subject }) {
      const given = optionalStimuli.filter((stimulus) => subject[stimulus] !== undefined)
      const declared = optionalStimuli.filter((stimulus) => harness.gives?.includes(stimulus))
      assert.deepEqual(given, declared)
    },
  },
  {
    name: 'every member of the contract is a function',
    async run({ puppet }) {
      const missing = members.map(({ name }) => name).filter((name) => typeof puppet[name] !== 'function')
      assert(missing.length === 0, `missing members: ${missing.join(', ')}`)
    },
  },
  {
    name: 'a member that is not supported refuses with the error of the contract and no other',
    async run(bench) {
      await bench.online()
      const complaints: string[] = []
      for (const { name } of members.filter((member) => member.refusable)) {
        if (typeof bench.puppet[name] !== 'function') continue
        const wrong = await complaint(bench, name)
        if (wrong !== undefined) complaints.push(wrong)
      }
      assert(complaints.length === 0, complaints.join('\n'))
    },
  },
  {
    name: 'what WeChaty asks for by itself is answered',
    async run(bench) {
      await bench.online()
      await bench.receive()
      const complaints = await unanswered(bench)
      assert(complaints.length === 0, complaints.join('\n'))
    },
  },
]
