/**
 * The account with a group on the phone: the mock puppet in a process of its own, started when it is first asked for.
 */

import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import { Chats, directChat, groupChat, type ShownMessage } from './chats.ts'
import { botName, group, type Order, type Report, reportSchema, socketIn } from './group-messages.ts'
import { type Named, People, type PhoneLine, type Saying } from './phone-line.ts'

/** Of the process, after it was asked to end. */
const endMs = 2_000

export class GroupLine implements PhoneLine {
  readonly people = new People(
    (number) => `person-${number}`,
    (person) => this.#order({ type: 'person', ...person }),
  )
  readonly groups = [group]
  readonly chats = new Chats()
  /** For `puppetOptions` of the account. */
  readonly token = `insecure_${randomUUID()}`
  readonly #folder = mkdtempSync(join(tmpdir(), 'moltbot-'))
  readonly endpoint = socketIn(this.#folder)
  readonly #child: ChildProcess

  private constructor() {
    const file = join(import.meta.dirname, `group-host${extname(import.meta.filename)}`)
    this.#child = fork(file, {
      execArgv: ['--no-deprecation'],
      env: {}, // Nothing of the gateway's.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    this.#child.on('error', () => undefined) // Its end shows in the state of the account.
    this.#child.on('message', (message) => this.#take(reportSchema.parse(message)))
  }

  /** @throws when the process ends before it serves */
  static async start(): Promise<GroupLine> {
    const line = new GroupLine()
    for (const person of line.people.all) line.#order({ type: 'person', ...person })
    const ready = once(line.#child, 'message')
    const ended = once(line.#child, 'exit').then(([code]) => {
      rmSync(line.#folder, { recursive: true, force: true })
      throw new Error(`the process with the mock puppet has ended (${code})`)
    })
    line.#order({ type: 'host', folder: line.#folder, token: line.token })
    await Promise.race([ready, ended])
    ended.catch(() => undefined) // Later ends show in the state of the account.
    return line
  }

  async close(): Promise<void> {
    const { exitCode, signalCode } = this.#child
    if (exitCode === null && signalCode === null) {
      const ended = once(this.#child, 'exit')
      if (this.#child.connected) this.#child.disconnect()
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), endMs)
      await ended
      clearTimeout(timer)
    }
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async say(person: Named, groupId: string | undefined, { text, mentionsBot, file }: Saying): Promise<void> {
    const toBot = mentionsBot && groupId !== undefined
    const base = {
      from: person.id,
      atMs: Date.now(),
      mentionsBot: toBot,
      ...(groupId !== undefined && { groupId }),
    }
    const chatId = groupId === undefined ? directChat(person.id) : groupChat(groupId)
    if (file !== undefined) {
      const messageId = this.#show(
        chatId,
        { kind: file.kind, text: '', file: { name: file.name } },
        person,
        file.base64,
      )
      this.#order({ type: 'say', ...base, messageId, kind: file.kind, text: '', file })
    }
    const words = toBot ? `@${botName}\u2005${text}` : text
    if (text.trim() === '') return
    const messageId = this.#show(chatId, { kind: 'text', text: words }, person)
    this.#order({ type: 'say', ...base, messageId, kind: 'text', text: words })
  }

  async refresh(): Promise<void> {}

  /** The mock cannot show it. */
  async isTyping(): Promise<boolean> {
    return false
  }

  #take(report: Report): void {
    if (report.type !== 'sent') return
    const { to, text, file } = report
    const chatId = to === group.id ? groupChat(to) : directChat(to)
    if (file === undefined) this.#show(chatId, { kind: 'text', text }, undefined)
    else
      this.#show(
        chatId,
        { kind: kindOf(file.mediaType), text: '', file: { name: file.name } },
        undefined,
        file.base64,
      )
  }

  /** @returns the id of the message */
  #show(
    chatId: string,
    content: Pick<ShownMessage, 'kind' | 'text' | 'file'>,
    sender: Named | undefined,
    base64?: string,
  ): string {
    const id = randomUUID()
    this.chats.add(chatId, { id, atMs: Date.now(), ...content, ...(sender && { sender }) }, base64)
    return id
  }

  #order(order: Order): void {
    this.#child.send(order, () => undefined) // The state of the account shows a process that has ended.
  }
}

function kindOf(mediaType: string): ShownMessage['kind'] {
  if (mediaType.startsWith('image/')) return 'image'
  return mediaType.startsWith('video/') ? 'video' : 'file'
}

/** Whether the account with a group can be had: the mock is no dependency of an installation, and a checkout has it. */
export function hasMockPuppet(): boolean {
  if (process.platform === 'win32') return false
  try {
    import.meta.resolve('wechaty-puppet-mock')
    return true
  } catch {
    return false
  }
}
