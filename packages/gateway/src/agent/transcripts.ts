/**
 * Voices as words: what a transcription model has understood takes the place of the sound. A voice that none has
 * understood stays in the turn as it came, so a failure here costs no answer.
 */

import { codeOf, type Logger, MoltbotError, messageOf, type Turn, type TurnMedia } from '@moltbot/channel-sdk'
import { readStart } from '../files/file-start.ts'
import { maxVoices } from '../files/read-files.ts'
import { filesOf } from '../files/turn-files.ts'
import type { TurnMemory } from '../files/turn-memory.ts'
import type { ConfiguredModels } from '../model/providers.ts'
import type { TranscriptionConfig } from '../model/types.ts'
import { clip } from '../text.ts'

export interface TranscriptOptions {
  /** Absent: no voice is transcribed. */
  readonly transcription: TranscriptionConfig | undefined
  readonly models: Pick<ConfiguredModels, 'transcriber' | 'secrets'>
  readonly maxRetries: number
  readonly memory: Pick<TurnMemory, 'during'>
  readonly signal: AbortSignal
  readonly log: Logger
}

/** UTF-16 units of one voice. A minute of speech has some hundred. */
export const maxTranscriptLength = 20_000
/** Before the words, for the model to know that they may be misheard. */
export const transcriptMark = '(transcript of a voice message)'

/**
 * The turn with the words of its first {@link maxVoices} voices instead of their sound.
 * @throws only when the turn is over, and waits for memory
 */
export async function withTranscripts(turn: Turn, options: TranscriptOptions): Promise<Turn> {
  const { transcription } = options
  // A file may be in the turn twice: sent, and quoted.
  const voices = new Set(filesOf(turn).filter(({ kind }) => kind === 'voice'))
  if (transcription === undefined || voices.size === 0) return turn
  const heard = new Map<TurnMedia, string>()
  const hear = async (voice: TurnMedia) => {
    const words = await wordsOf(voice, transcription, options)
    if (words !== undefined) heard.set(voice, words)
  }
  const first = [...voices].slice(0, maxVoices)
  const bytes = first.reduce((sum, { sizeBytes }) => sum + Math.min(sizeBytes, transcription.maxBytes), 0)
  await options.memory.during(bytes, () => Promise.all(first.map(hear)))
  const messages = turn.messages.map((message) => {
    const { quote } = message
    return { ...inWords(message, heard), ...(quote !== undefined && { quote: inWords(quote, heard) }) }
  })
  return { ...turn, messages }
}

/** The transcript of the first model that understands it. */
async function wordsOf(
  voice: TurnMedia,
  transcription: TranscriptionConfig,
  { models, maxRetries, signal, log }: TranscriptOptions,
): Promise<string | undefined> {
  for (const one of transcription.models) {
    const modelName = `${one.provider}/${one.model}`
    try {
      const [{ callTranscriber }, model, audio] = await Promise.all([
        import('../model/call-transcriber.ts'),
        models.transcriber(one),
        readVoice(voice, transcription.maxBytes),
      ])
      const { language, timeoutMs } = transcription
      const call = {
        model,
        modelName,
        audio,
        language,
        timeoutMs,
        maxRetries,
        signal,
        secrets: models.secrets,
      }
      const words = (await callTranscriber(call)).trim()
      if (words !== '') return clip(words, maxTranscriptLength)
      log.info({ model: modelName }, 'no words were heard in a voice')
    } catch (error) {
      if (signal.aborted) return undefined
      log.warn(
        { model: modelName, code: codeOf(error), error: messageOf(error) },
        'a voice was not transcribed',
      )
    }
  }
  return undefined
}

async function readVoice({ path }: TurnMedia, maxBytes: number): Promise<Uint8Array> {
  const bytes = await readStart(path, maxBytes + 1)
  if (bytes.length > maxBytes)
    throw new MoltbotError('media-too-large', `larger than tools.media.audio.maxBytes, ${maxBytes}`)
  return bytes
}

function inWords<Said extends { readonly text: string; readonly media?: readonly TurnMedia[] }>(
  said: Said,
  heard: ReadonlyMap<TurnMedia, string>,
): Said {
  const { text, media = [] } = said
  const words = media.flatMap((file) => heard.get(file) ?? [])
  if (words.length === 0) return said
  const lines = [text, ...words.map((one) => `${transcriptMark} ${one}`)].filter((line) => line !== '')
  return { ...said, text: lines.join('\n'), media: media.filter((file) => !heard.has(file)) }
}
