/**
 * Where a person writes: text, pictures, files, and voice messages, spoken here or taken from a file.
 */

import { useRef, useState } from 'preact/hooks'
import type { RouteInput } from '../../../gateway/src/api/routes.ts'
import { call } from '../core/api.ts'
import { base64Of, chooseFile, samplesOf } from '../core/files.ts'
import { useSpeech } from '../core/language.tsx'
import { record } from '../core/recording.ts'
import { Action } from './action.tsx'
import type { Chat } from './bubbles.tsx'

/** The gateway takes no larger ones. */
const maxFileBytes = 5 * 1024 * 1024

type PhoneFile = NonNullable<RouteInput<'phoneSay'>['file']>

export function Composer({ chat, onSent }: { readonly chat: Chat; readonly onSent: () => void }) {
  const { say } = useSpeech()
  const [text, setText] = useState('')
  const [mentionsBot, setMentionsBot] = useState(true)
  /** Ends the recording that is under way. */
  const [finish, setFinish] = useState<() => Promise<Blob>>()
  const form = useRef<HTMLFormElement>(null)
  const send = async (file?: PhoneFile) => {
    await call('phoneSay', { ...chat, text, mentionsBot, ...(file && { file }) })
    setText('')
    onSent()
    return undefined
  }
  const attach = async () => {
    const file = await chooseFile()
    if (file === undefined) return undefined
    if (file.size > maxFileBytes) throw new Error(say('A file may have 5 MB here.'))
    return send(await phoneFile(file))
  }
  const speak = async () => {
    setFinish(undefined)
    if (finish !== undefined) return send(await voice(await finish()))
    const stop = await record()
    setFinish(() => stop)
    return undefined
  }
  return (
    <form ref={form} class="composer" onSubmit={(event) => event.preventDefault()}>
      <textarea
        rows={2}
        maxLength={10_000}
        aria-label={say('Message')}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
        onKeyDown={(event) => {
          // Enter also ends the input of Chinese.
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
          event.preventDefault()
          form.current?.querySelector('button')?.click()
        }}
      />
      <Action act={() => send()} kind="main">
        {say('Send')}
      </Action>
      {chat.groupId !== undefined && (
        <label>
          <input
            type="checkbox"
            checked={mentionsBot}
            onChange={({ currentTarget }) => setMentionsBot(currentTarget.checked)}
          />
          {say('Mention the bot')}
        </label>
      )}
      <Action act={attach}>{say('Attach a file')}</Action>
      <Action act={speak}>{finish === undefined ? say('Record voice') : say('Send the recording')}</Action>
    </form>
  )
}

/** A sound is sent as a voice message. */
async function phoneFile(file: File): Promise<PhoneFile> {
  const { name, type } = file
  if (type.startsWith('audio/')) return voice(file)
  return { kind: type.startsWith('image/') ? 'image' : 'file', name, base64: await base64Of(file) }
}

const voice = async (sound: Blob): Promise<PhoneFile> => ({
  kind: 'voice',
  name: 'voice.wav',
  base64: await base64Of(await samplesOf(sound)),
})
