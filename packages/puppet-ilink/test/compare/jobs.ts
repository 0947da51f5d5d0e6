/**
 * The jobs that both clients are given. Each one waits for the requests it is about, so that it comes to the same trace
 * every time.
 */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MediaOrder } from 'ilink-simulator'
import type { Bot } from './bot.ts'
import type { Phone } from './phone.ts'

export interface Scene {
  bot: Bot
  phone: Phone
  /** For files to send. */
  folder: string
}

/** Ends with the account stopped. */
export type Job = (scene: Scene) => Promise<void>

/** Enough that an upload is more than one block, the same in every run; `head` says what it is. */
export const contentOf = (head: string): Buffer => {
  const content = Buffer.alloc(50_000, 'twelve monkeys ')
  content.write(head, 'latin1')
  return content
}

/** The files that are sent, and their first bytes. The last one is called what it is not. */
export const fileHeads = {
  'picture.png': '\x89PNG\r\n\x1a\n',
  'film.mp4': '\0\0\0\x18ftypisom',
  'paper.pdf': '%PDF-1.7\n',
  'words.png': 'Dear reader',
} as const
type FileName = keyof typeof fileHeads

/** The first status poll is answered at once, the next one is held until the phone does something. */
const shownAndHeld = async (phone: Phone, before?: string): Promise<string> => {
  const polls = (await phone.control.requests()).filter(({ endpoint }) => endpoint === 'getqrstatus').length
  const qrcode = await phone.shownCode(before)
  await phone.asked('getqrstatus', polls + 2)
  return qrcode
}

const logIn: Job = async ({ bot, phone }) => {
  const drive = async () => {
    const qrcode = await shownAndHeld(phone)
    await phone.control.scan(qrcode)
    await phone.asked('getqrstatus', 3)
    await phone.confirm(qrcode)
  }
  await Promise.all([bot.logIn(), drive()])
  await phone.asked('getupdates', 1)
  await bot.stop()
}

const logInAfterExpiry: Job = async ({ bot, phone }) => {
  const drive = async () => {
    const first = await shownAndHeld(phone)
    await phone.control.expireQr(first)
    await phone.confirm(await shownAndHeld(phone, first))
  }
  await Promise.all([bot.logIn(), drive()])
  await phone.asked('getupdates', 1)
  await bot.stop()
}

const logInWithDigits: Job = async ({ bot, phone }) => {
  const drive = async () => {
    const qrcode = await shownAndHeld(phone)
    await phone.control.requireCode(qrcode, '4711')
    await phone.asked('getqrstatus', 5)
    await phone.confirm(qrcode)
  }
  await Promise.all([bot.logIn(['1111', '4711']), drive()])
  await phone.asked('getupdates', 1)
  await bot.stop()
}

const logInAgain: Job = async ({ bot, phone }) => {
  const account = await phone.account()
  await bot.begin(account)
  await phone.asked('getupdates', 1)
  const drive = async () => phone.confirm(await shownAndHeld(phone), { userId: account.userId })
  await Promise.all([bot.logInAgain(), drive()])
  await phone.asked('getupdates', 2)
  await bot.stop()
}

const stop: Job = async ({ bot, phone }) => {
  await bot.begin(await phone.account())
  await phone.asked('getupdates', 1)
  await bot.stop()
}

const stopAndStart: Job = async ({ bot, phone }) => {
  const account = await phone.account()
  await bot.begin(account)
  await phone.say(account, { text: 'hello' })
  await phone.asked('getupdates', 2)
  await bot.stop()
  await bot.begin(account)
  await phone.asked('getupdates', 3)
  await bot.stop()
}

const expiredSession: Job = async ({ bot, phone }) => {
  const account = await phone.account()
  await bot.begin(account)
  await phone.asked('getupdates', 1)
  await phone.control.expireSession(account.botId)
  await phone.answered('getupdates', 1)
  await bot.reactedToExpiry()
  await bot.stop()
}

const receiveText: Job = async ({ bot, phone }) => {
  const account = await phone.account()
  await bot.begin(account)
  await phone.say(account, { text: 'hello' })
  await bot.handled(1)
  await phone.asked('getupdates', 2)
  await bot.stop()
}

/** Two turns: what is fetched for the first one may be known in the second. */
const answerTexts: Job = async ({ bot, phone }) => {
  const account = await phone.account()
  await bot.begin(account, { typing: true, reply: 'Yes, **that** one.' })
  for (const turn of [1, 2]) {
    await phone.say(account, { text: `question ${turn}` })
    await bot.handled(turn)
    await phone.asked('getupdates', turn + 1)
  }
  await bot.stop()
}

/** A session in which the person has written once. */
const inConversation = async ({ bot, phone }: Scene, work: (userId: string) => Promise<unknown>) => {
  const account = await phone.account()
  await bot.begin(account)
  await phone.say(account, { text: 'send me something' })
  await bot.handled(1)
  await phone.asked('getupdates', 2)
  await work(account.userId)
  await bot.stop()
}

const sendText: Job = (scene) => inConversation(scene, (userId) => scene.bot.sendText(userId, 'as you wish'))

const sendFile =
  (name: FileName, mediaUrls: 'full' | 'param' = 'full'): Job =>
  async (scene) => {
    await scene.phone.control.settings({ mediaUrls })
    const path = join(scene.folder, name)
    await writeFile(path, contentOf(fileHeads[name]))
    await inConversation(scene, (userId) => scene.bot.sendFile(userId, path))
  }

const sendFileOverFailingCdn: Job = async (scene) => {
  for (const value of [500, 502])
    await scene.phone.control.fault({ endpoint: 'upload', kind: 'status', value })
  await sendFile('paper.pdf')(scene)
}

const receiveMedium =
  (order: MediaOrder, mediaUrls: 'full' | 'param' = 'full'): Job =>
  async ({ bot, phone }) => {
    await phone.control.settings({ mediaUrls })
    const account = await phone.account()
    await bot.begin(account)
    await phone.say(account, { item: await phone.control.media(order) })
    await bot.handled(1)
    await phone.asked('getupdates', 2)
    await bot.stop()
  }

const base64 = contentOf('').toString('base64')

export const jobs: Readonly<Record<string, Job>> = {
  'log in: wait, scaned, confirmed': logIn,
  'log in: expired, then a new code': logInAfterExpiry,
  'log in: wrong digits, then right ones': logInWithDigits,
  'log in: bound here already': logInAgain,
  'stop in the middle of a poll': stop,
  'stop and start again': stopAndStart,
  'session ended by -14': expiredSession,
  'receive a text': receiveText,
  'answer two texts, with typing': answerTexts,
  'send a text': sendText,
  'send an image': sendFile('picture.png'),
  'send a video': sendFile('film.mp4'),
  'send a file': sendFile('paper.pdf'),
  'send a file, by parameter': sendFile('paper.pdf', 'param'),
  'send a file, third try': sendFileOverFailingCdn,
  'send words called .png': sendFile('words.png'),
  'receive an image': receiveMedium({ kind: 'image', base64 }),
  'receive a voice': receiveMedium({ kind: 'voice', base64 }),
  'receive a file': receiveMedium({ kind: 'file', base64, name: 'notes.txt' }),
  'receive a file, by parameter': receiveMedium({ kind: 'file', base64, name: 'notes.txt' }, 'param'),
}
