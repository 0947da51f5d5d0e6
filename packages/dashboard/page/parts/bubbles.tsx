/**
 * The messages of a chat as a phone shows them: one's own at the right, those of the bot and of others at the left.
 */

import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { RouteAnswer, RouteInput } from '../../../gateway/src/api/routes.ts'
import { call } from '../core/api.ts'
import { blobOf, play, save } from '../core/files.ts'
import { useSpeech } from '../core/language.tsx'
import { Action } from './action.tsx'
import { Words } from './words.tsx'

export type Chat = RouteInput<'phoneChat'>
type Message = RouteAnswer<'phoneChat'>['messages'][number]

export function Bubbles({ chat, messages }: { readonly chat: Chat; readonly messages: readonly Message[] }) {
  const { say } = useSpeech()
  const list = useRef<HTMLDivElement>(null)
  const last = messages.at(-1)?.id
  const scroll = () => list.current?.scrollTo(0, list.current.scrollHeight)
  useLayoutEffect(scroll, [last])
  return (
    // It scrolls, so it can be reached by keyboard.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: as above
    <div ref={list} class="bubbles" role="log" tabIndex={0} aria-label={say('Messages')}>
      {last === undefined && (
        <p class="dim">
          {say('Say hello. The bot repeats what you write. For a picture, write:')}{' '}
          <code>send picture.png</code> {say('For a reminder:')}{' '}
          <code>{say('remind me in 30 minutes to drink tea')}</code>
        </p>
      )}
      {messages.map((message) => (
        <div key={message.id} class={message.sender?.id === chat.personId ? 'own' : ''}>
          <bdi class="dim">{message.sender?.name ?? 'moltbot'}</bdi>
          <div class="bubble">
            {message.file !== undefined && (
              <Content chat={chat} message={message} file={message.file} onDrawn={scroll} />
            )}
            {message.text !== '' && <Words text={message.text} />}
          </div>
        </div>
      ))}
    </div>
  )
}

function Content({
  chat,
  message: { id: messageId, kind },
  file: { name },
  onDrawn,
}: {
  readonly chat: Chat
  readonly message: Message
  readonly file: { readonly name: string }
  readonly onDrawn: () => void
}) {
  const { say } = useSpeech()
  const canvas = useRef<HTMLCanvasElement>(null)
  const [isPicture, setPicture] = useState(kind === 'image')
  const read = async () => blobOf((await call('phoneFile', { ...chat, messageId })).base64)
  useEffect(() => {
    if (!isPicture) return
    // Drawn, for the content policy of the page lets in no picture that a person sent.
    const show = async () => draw(await createImageBitmap(await read()), canvas.current)
    show().then(onDrawn, () => setPicture(false))
  }, [messageId])
  const use = async () => {
    if (kind === 'voice') await play(await read())
    else save(await read(), name)
    return undefined
  }
  const label = kind === 'voice' ? say('Play the voice message') : say('Save {name}', { name })
  return (
    <Action act={use} label={label}>
      {isPicture ? <canvas ref={canvas} /> : <bdi>{kind === 'voice' ? `▶ ${label}` : `⤓ ${name}`}</bdi>}
    </Action>
  )
}

const maxPixels = 480

function draw(picture: ImageBitmap, canvas: HTMLCanvasElement | null): void {
  if (canvas === null) return
  const scale = Math.min(1, maxPixels / Math.max(picture.width, picture.height))
  canvas.width = picture.width * scale
  canvas.height = picture.height * scale
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
}
