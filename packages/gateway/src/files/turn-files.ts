/**
 * Which files the model is shown in a turn: those of its messages, else those of the turns and group messages before,
 * because people send a picture first and ask about it then.
 */

import type { Turn, TurnMedia } from '@moltbot/channel-sdk'
import { type FileContent, named } from './file-content.ts'
import type { FileFacts, KeptFiles, TurnPlace } from './kept-files.ts'
import { maxImageBytes } from './picture.ts'
import { FileReader, maxTextBytes, maxVoiceBytes, type ReadOptions } from './read-files.ts'
import type { TurnMemory } from './turn-memory.ts'

export interface TurnFiles {
  /** In the order of {@link filesOf}. */
  readonly own: readonly FileContent[]
  /** Oldest first; each is named to the model, whether or not it is shown. */
  readonly earlier: readonly EarlierFile[]
}

export interface EarlierFile {
  readonly facts: FileFacts
  readonly atMs: number
  /** Display name of who sent it to a group, where it is known. */
  readonly from?: string | undefined
  readonly content: FileContent
}

export interface TurnFilesOptions extends Omit<ReadOptions, 'maxBytes'> {
  readonly turn: Turn
  readonly place: TurnPlace
  /** Absent: no file outlives its turn. */
  readonly kept: KeptFiles | undefined
  readonly isForgotten: () => boolean
  /** What the turn may hold of files. */
  readonly memory: Pick<TurnMemory, 'hold' | 'limit'>
  readonly nowMs: number
}

/** An older file is hardly meant by a question that does not come with it. */
const shownAgainForMs = 86_400_000
/** Named to the model. */
const maxEarlier = 20

/** The files of a turn's messages in their order, those that a message quotes before its own. */
export function filesOf(turn: Turn): TurnMedia[] {
  return turn.messages.flatMap(({ quote, media = [] }) => [...(quote?.media ?? []), ...media])
}

/** Reads the files of a turn and stores what the model is shown of them. */
export async function filesOfTurn(options: TurnFilesOptions): Promise<TurnFiles> {
  const { turn, place, kept, isForgotten, memory, nowMs, signal } = options
  const reader = new FileReader({ ...options, maxBytes: memory.limit })
  const media = filesOf(turn)
  const context = contextFiles(turn, reader).slice(-maxEarlier)
  const before = await keptFiles(options, context, reader)
  const hasOwn = media.some(({ kind }) => kind !== 'voice')
  const earlierFacts = hasOwn ? [] : [...before, ...context].map(({ facts }) => facts)
  await memory.hold(bytesToHold([...media, ...earlierFacts], options))
  const own: FileContent[] = []
  for (const file of media) own.push(await reader.read(file))
  const earlier = await readEarlier([...before, ...context], hasOwn, nowMs)
  const ofMessages = media.map((facts, index) => ({ facts, content: own[index] ?? unread }))
  // A voice message is what somebody said, not a file to come back to.
  const shown = [...earlier.slice(before.length), ...ofMessages].filter(({ facts }) => facts.kind !== 'voice')
  // A file whose reading was ended looks unreadable, and is not.
  if (!signal.aborted) await kept?.keep(place, shown, isForgotten)
  return { own, earlier }
}

/** At most, by the sizes of the files. */
function bytesToHold(files: readonly FileFacts[], { takesImages, takesVoices }: ReadOptions): number {
  const largest = {
    image: takesImages ? maxImageBytes : 0,
    voice: takesVoices ? maxVoiceBytes : 0,
    video: 0,
    file: maxTextBytes,
  }
  return files.reduce((sum, { kind, sizeBytes }) => sum + Math.min(sizeBytes, largest[kind]), 0)
}

/** An earlier file that may be shown. */
interface Candidate extends Omit<EarlierFile, 'content'> {
  read(): Promise<FileContent>
}

const unread = named('it could not be read')

/** Files that came with messages of the group to which the bot did not answer. */
function contextFiles({ context = [] }: Turn, reader: FileReader): Candidate[] {
  return context.flatMap(({ media = [], timestampMs, senderLabel }) =>
    media.map((facts) => ({ facts, atMs: timestampMs, from: senderLabel, read: () => reader.read(facts) })),
  )
}

/** The files of earlier turns that are not in the context again: it may have been shown, and stored, with a turn before. */
async function keptFiles(
  { turn, place, kept }: TurnFilesOptions,
  context: readonly Candidate[],
  reader: FileReader,
): Promise<Candidate[]> {
  const files = (await kept?.earlier(place, turn.attempt === 1)) ?? []
  const others = files.filter((file) => !context.some(({ facts }) => areSame(facts, file)))
  return others.slice(Math.max(0, others.length + context.length - maxEarlier)).map((file) => {
    const { atMs, shownAs } = file
    const read = shownAs === 'named' ? file.read : () => reader.take(shownAs, file.read)
    return { facts: file, atMs, read }
  })
}

function areSame(one: FileFacts, other: FileFacts): boolean {
  return one.kind === other.kind && one.name === other.name && one.sizeBytes === other.sizeBytes
}

/** The newest are read first, as long as there are places. */
async function readEarlier(
  candidates: readonly Candidate[],
  hasOwn: boolean,
  nowMs: number,
): Promise<EarlierFile[]> {
  const files: EarlierFile[] = []
  for (const { read, ...file } of candidates.toReversed()) {
    const why = whyNot(file.atMs, hasOwn, nowMs)
    files.push({ ...file, content: why === undefined ? await read() : named(why) })
  }
  return files.reverse()
}

function whyNot(atMs: number, hasOwn: boolean, nowMs: number): string | undefined {
  if (hasOwn) return 'the new message has files of its own'
  return nowMs - atMs > shownAgainForMs ? 'it came more than a day ago' : undefined
}
