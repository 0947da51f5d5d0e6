/**
 * The process with the mock puppet, which has a group: behind Wechaty's own gRPC server, as a hosted puppet is. Loading the
 * mock takes a second and 100 MB, so it is not in the gateway. Started by `group-line.ts`; ends with its parent.
 */

import { rmSync } from 'node:fs'
import { FileBox, type FileBoxInterface } from 'file-box'
import { log, types } from 'wechaty-puppet'
import { mock, PuppetMock } from 'wechaty-puppet-mock'
import { PuppetServer } from 'wechaty-puppet-service'
import { botId, botName, group, type Order, orderSchema, type Report, socketIn } from './group-messages.ts'

/** Messages whose content the gateway can still ask for. */
const maxMessages = 200

process.on('disconnect', leave)
process.on('SIGINT', () => undefined) // Ctrl-C reaches every process of a terminal; the gateway ends this one.
log.level('silent')

/** Tells the gateway what the bot sends; the mock would only keep it. */
class GroupPuppet extends PuppetMock {
  override async messageSendText(to: string, text: string): Promise<void> {
    report({ type: 'sent', to, text })
  }

  /** Not told again, for Wechaty takes the group of changed members for a person, whom there is not. */
  override dirtyPayload(type: types.Dirty, id: string): void {
    if (type === types.Dirty.RoomMember) this.onDirty({ payloadType: type, payloadId: id })
    else super.dirtyPayload(type, id)
  }

  override async messageSendFile(to: string, file: FileBoxInterface): Promise<void> {
    const { name, mediaType } = file
    report({ type: 'sent', to, text: '', file: { name, mediaType, base64: await file.toBase64() } })
  }
}

const mocker = new mock.Mocker()
const puppet = new GroupPuppet({ mocker })
puppet.on('error', () => undefined) // The server reports it to the gateway.
const bot = mocker.createContact({ id: botId, name: botName })
const room = mocker.createRoom({ id: group.id, topic: group.name, memberIdList: [botId] })
mocker.use(logIn)
let runFolder: string | undefined

process.on('message', (message) => void obey(orderSchema.parse(message)))

/** Also when the gateway was killed, which then removes nothing. */
function leave(): never {
  if (runFolder !== undefined) rmSync(runFolder, { recursive: true, force: true })
  process.exit()
}

async function obey(order: Order): Promise<void> {
  if (order.type === 'person') join(order)
  else if (order.type === 'say') say(order)
  else {
    const { folder, token } = order
    runFolder = folder
    await new PuppetServer({ endpoint: socketIn(folder), token, puppet, tls: { disable: true } }).start()
    report({ type: 'ready' })
  }
}

function logIn(): () => void {
  mocker.login(bot)
  return () => undefined
}

function join({ id, name }: { readonly id: string; readonly name: string }): void {
  mocker.createContact({ id, name })
  room.payload.memberIdList.push(id)
}

const typeOf = {
  text: types.Message.Text,
  image: types.Message.Image,
  voice: types.Message.Audio,
  file: types.Message.Attachment,
} as const

function say(order: Extract<Order, { readonly type: 'say' }>): void {
  const { messageId: id, atMs, from, groupId, mentionsBot, kind, text, file } = order
  const place = groupId === undefined ? { listenerId: botId } : { roomId: groupId }
  const mentionIdList = mentionsBot ? [botId] : []
  // Not by the mock's own class of messages, which keeps them all.
  mocker.cacheMessagePayload.set(id, {
    ...{ id, talkerId: from, text, type: typeOf[kind], timestamp: atMs },
    ...place,
    mentionIdList,
  })
  if (file !== undefined)
    mocker.cacheFileBoxPayload.set(id, FileBox.fromBase64(file.base64, file.name).toJSON())
  for (const oldest of [...mocker.cacheMessagePayload.keys()].slice(0, -maxMessages)) {
    mocker.cacheMessagePayload.delete(oldest)
    mocker.cacheFileBoxPayload.delete(oldest)
  }
  puppet.emit('message', { messageId: id })
}

function report(report: Report): void {
  process.send?.(report)
}
