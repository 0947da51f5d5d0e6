/**
 * Brings the files of a turn's messages onto this machine, for as long as the turn runs. What cannot be had is named
 * in the text, so that neither the agent nor the person is met by silence.
 */

import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ChannelHost,
  codeOf,
  type DiskBudget,
  type DiskShare,
  type Logger,
  messageOf,
  type Notice,
  type TurnMedia,
  timeoutSignal,
} from '@moltbot/channel-sdk'
import type { ResolvedAccount } from '../config/resolve.ts'
import { type Content, contentOf, unknownContent } from '../files/content.ts'
import { safeFileName } from '../files/file-name.ts'
import type { AccountLink } from '../model/link.ts'
import type { InboundMessage } from '../model/message.ts'
import { type MediaTrouble, notReadNotice } from '../outbound/notices.ts'
import type { ShownFiles } from '../store/shown-files.ts'
import type { ClaimedTurn } from '../store/store.ts'
import type { Places } from './places.ts'

export interface MediaOptions {
  /** Files of running turns. */
  readonly mediaFolder: string
  readonly account: Pick<ResolvedAccount, 'mediaMaxBytes'>
  readonly host: Pick<ChannelHost, 'contextMediaMaxBytes'>
  readonly link: () => AccountLink | undefined
  readonly places: Pick<Places, 'fetching'>
  /** Room for the files of all accounts. */
  readonly disk: Pick<DiskBudget, 'share'>
  /** Takes the files of messages when the turn has ended. Absent: they are deleted. */
  readonly shown?: Pick<ShownFiles, 'keep'>
  readonly log: Logger
}

export interface GatheredMedia {
  /** By file id: of a message's own file, also an earlier message's, its id; of a quoted one that of the quote. */
  readonly media: ReadonlyMap<string, readonly TurnMedia[]>
  /** What could not be had, by file id. */
  readonly missing: ReadonlyMap<string, Notice>
}

/** The files of one turn, in a folder of their own. */
export interface TurnFiles {
  /**
   * Waits for a place among the account's turns that fetch files. After `signal` aborted, some files are neither there
   * nor missing. @throws the signal's reason, if it aborts before there is a place
   */
  gather(signal: AbortSignal): Promise<GatheredMedia>
  /**
   * Removes the files. Never rejects: what stays is removed at the next start.
   * @param isShown those of messages are kept for the operator
   */
  dispose(isShown?: boolean): Promise<void>
}

const kindsWithFile: ReadonlySet<InboundMessage['kind']> = new Set(['image', 'voice', 'video', 'file'])

/** Files of earlier group messages; the newest count. */
export const maxContextFiles = 4
/** For all of them together: nobody was told to wait for them. */
const contextFilesMs = 15_000

export function gatherMedia(turn: ClaimedTurn, options: MediaOptions): TurnFiles {
  const { id, messages, history } = turn
  const { fetching } = options.places
  const place: FilePlace = { ...options, folder: join(options.mediaFolder, id), held: [], fetched: new Map() }
  const wanted = [...wantedFiles(messages)]
  const hasOwn = wanted.some(({ kind }) => kind !== 'voice')
  const context = hasOwn ? [] : history.filter(isShowable).slice(-maxContextFiles)
  return {
    gather: async (signal) => {
      if (wanted.length + context.length === 0) return { media: new Map(), missing: new Map() }
      const own = () => gather(wanted, place, signal)
      const gathered = wanted.length === 0 ? await own() : await fetching.run(1, signal, own)
      // Not waited for: nobody was told to wait for files of earlier messages.
      const giveBack = context.length === 0 ? undefined : fetching.tryTake(1)
      if (giveBack === undefined) return gathered
      const earlier = await gatherContext(context, place, signal).finally(giveBack)
      return { ...gathered, media: new Map([...gathered.media, ...earlier]) }
    },
    dispose: async (isShown = false) => {
      if (isShown) await show(turn, place)
      if (wanted.length + context.length > 0)
        await rm(place.folder, { recursive: true, force: true }).catch(() => undefined)
      for (const share of place.held) share.giveBack()
    },
  }
}

/** Where the files of one turn are stored. */
interface FilePlace extends MediaOptions {
  readonly folder: string
  /** Their room on the disk. */
  readonly held: DiskShare[]
  readonly fetched: Map<string, TurnMedia>
}

/** A file that a message quotes belongs to another message. */
async function show(
  { accountId, messages, history }: ClaimedTurn,
  { shown, fetched }: FilePlace,
): Promise<void> {
  for (const { id: messageId, conversation } of [...history, ...messages]) {
    const file = fetched.get(messageId)
    if (file !== undefined) await shown?.keep({ accountId, conversation, messageId }, file.path, file.name)
  }
}

async function gather(
  wanted: readonly WantedFile[],
  place: FilePlace,
  signal: AbortSignal,
): Promise<GatheredMedia> {
  const media = new Map<string, readonly TurnMedia[]>()
  const missing = new Map<string, Notice>()
  for (const file of wanted) {
    try {
      media.set(file.id, [await fetchOne(file, place, signal)])
    } catch (error) {
      if (signal.aborted) break
      place.log.warn({ fileId: file.id, code: codeOf(error), error: messageOf(error) }, 'a file was not read')
      missing.set(file.id, notReadNotice(file.kind, troubleOf(error)))
    }
  }
  return { media, missing }
}

/** What a question about an earlier message can be about. */
function isShowable({ kind }: WantedFile): boolean {
  return kind === 'image' || kind === 'file'
}

/** Newest first, within the bytes that the host takes. What does not come in time stays a name in the history. */
async function gatherContext(
  files: readonly WantedFile[],
  place: FilePlace,
  turnSignal: AbortSignal,
): Promise<ReadonlyMap<string, readonly TurnMedia[]>> {
  const { host, log } = place
  const signal = AbortSignal.any([turnSignal, timeoutSignal(contextFilesMs)])
  const media = new Map<string, readonly TurnMedia[]>()
  let bytesLeft = host.contextMediaMaxBytes ?? 0
  for (const file of files.toReversed()) {
    if (bytesLeft <= 0 || signal.aborted) break
    try {
      const fetched = await fetchOne(file, place, signal, bytesLeft)
      bytesLeft -= fetched.sizeBytes
      media.set(file.id, [fetched])
    } catch (error) {
      log.debug({ fileId: file.id, error: messageOf(error) }, 'A file of an earlier message was not read')
    }
  }
  return media
}

type WantedFile = Pick<InboundMessage, 'id' | 'kind'>

/** Each once: a message of the turn may quote another one's file. */
function wantedFiles(messages: readonly InboundMessage[]): Iterable<WantedFile> {
  const files = messages.flatMap(({ id, kind, text, quote }) => [
    { id, kind, text },
    ...(quote?.file ? [{ ...quote.file, text: quote.text }] : []),
  ])
  return new Map(files.filter(needsFile).map((file) => [file.id, file])).values()
}

/** A voice with a transcript is its text. */
function needsFile({ kind, text }: Pick<InboundMessage, 'kind' | 'text'>): boolean {
  return kindsWithFile.has(kind) && (kind !== 'voice' || text === '[voice]')
}

async function fetchOne(
  { id, kind }: WantedFile,
  { folder, held, fetched, link, account, disk }: FilePlace,
  signal: AbortSignal,
  maxBytes = Infinity,
): Promise<TurnMedia> {
  const connected = link()
  if (connected === undefined) throw new Error('the account is offline')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // The sender chooses the name, so it is no part of the path.
  const path = join(folder, createHash('sha256').update(id).digest('hex').slice(0, 32))
  const limit = Math.min(account.mediaMaxBytes, connected.maxMediaBytes, maxBytes)
  const share = disk.share()
  const { name, sizeBytes } = await connected
    .fetchMedia(id, path, limit, signal, share.grow)
    .catch((error: unknown) => {
      share.giveBack()
      throw error
    })
  share.settle(sizeBytes)
  held.push(share)
  const content = await contentOf(path)
  const { mimeType } = content
  const file = { kind: kindOf(content, kind), path, name: safeFileName(name), mimeType, sizeBytes }
  fetched.set(id, file)
  return file
}

/** What is declared counts only for a voice in WeChat's own format, which has no signature. */
function kindOf(content: Content, declared: InboundMessage['kind']): TurnMedia['kind'] {
  if (content.kind === 'image' || content.kind === 'video') return content.kind
  const canBeVoice = content.kind === 'audio' || content === unknownContent
  return declared === 'voice' && canBeVoice ? 'voice' : 'file'
}

const troubles: Readonly<Record<string, MediaTrouble>> = {
  'media-too-large': 'too-large',
  'media-no-room': 'no-room',
}

function troubleOf(error: unknown): MediaTrouble {
  return troubles[codeOf(error)] ?? 'not-available'
}
