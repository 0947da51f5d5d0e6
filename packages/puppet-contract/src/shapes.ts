/**
 * The shapes of what a puppet emits and answers, as wechaty-puppet's schemas and WeChaty's own use of them ask
 * for. A check names every field that is wrong at once.
 */
import assert from 'node:assert/strict'
import { types } from 'wechaty-puppet'

interface Check {
  readonly expected: string
  test(value: unknown): boolean
}

type Shape = Readonly<Record<string, Check>>

const isText = (value: unknown): value is string => typeof value === 'string'
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const hasValue = (dictionary: object, value: unknown) => Object.values(dictionary).includes(value)

const id: Check = { expected: 'a non-empty string', test: (value) => isText(value) && value !== '' }
const text: Check = { expected: 'a string', test: isText }
const flag: Check = { expected: 'a boolean', test: (value) => typeof value === 'boolean' }
const texts: Check = {
  expected: 'a list of strings',
  test: (value) => Array.isArray(value) && value.every(isText),
}
const oneOf = (name: string, values: object): Check => ({
  expected: `a number of ${name}`,
  test: (value) => typeof value === 'number' && hasValue(values, value),
})
const optional = (check: Check): Check => ({
  expected: `${check.expected} or undefined`,
  test: (value) => value === undefined || check.test(value),
})

const firstPlausibleMs = Date.UTC(2011, 0, 1)
const dayMs = 24 * 60 * 60 * 1000

/** WeChaty takes seconds and milliseconds and tells them apart by size; WeChat itself began in 2011. */
const timestamp: Check = {
  expected: 'a time after 2011 and not ahead, in seconds or milliseconds',
  test: (value) =>
    typeof value === 'number' &&
    [value, value * 1000].some((ms) => ms > firstPlausibleMs && ms < Date.now() + dayMs),
}

const contactShape: Shape = {
  id,
  name: text,
  gender: oneOf('ContactGender', types.ContactGender),
  type: oneOf('Contact', types.Contact),
  avatar: text,
  phone: texts,
  alias: optional(text),
  friend: optional(flag),
}
const messageShape: Shape = {
  id,
  talkerId: id,
  type: oneOf('Message', types.Message),
  timestamp,
  text: optional(text),
  filename: optional(text),
  mentionIdList: optional(texts),
}
const roomShape: Shape = { id, topic: text, memberIdList: texts, adminIdList: texts, ownerId: optional(text) }
const roomMemberShape: Shape = { id, name: text, avatar: text, roomAlias: optional(text) }
const scanShape: Shape = {
  status: oneOf('ScanStatus', types.ScanStatus),
  qrcode: optional(text),
  data: optional(text),
}
const logoutShape: Shape = { contactId: id, data: optional(text) }

function fieldOf(payload: object, field: string): unknown {
  return Object.entries(payload).find(([name]) => name === field)?.[1]
}

function assertShape(what: string, payload: unknown, shape: Shape): asserts payload is object {
  assert(isObject(payload), `${what} is ${String(payload)}`)
  const wrong = Object.entries(shape)
    .filter(([field, check]) => !check.test(fieldOf(payload, field)))
    .map(([field, check]) => `${field} is ${JSON.stringify(fieldOf(payload, field))}, not ${check.expected}`)
  assert(wrong.length === 0, `${what}: ${wrong.join('; ')}`)
}

export function assertContact(payload: unknown, contactId: string): void {
  assertShape('contact payload', payload, contactShape)
  assert.equal(fieldOf(payload, 'id'), contactId, 'a contact payload carries the id it was asked for')
}

/** A message also has to say where it belongs: a room, or the person it was written to. */
export function assertMessage(payload: unknown, messageId: string): void {
  assertShape('message payload', payload, messageShape)
  assert.equal(fieldOf(payload, 'id'), messageId, 'a message payload carries the id it was asked for')
  const place = [fieldOf(payload, 'roomId'), fieldOf(payload, 'listenerId')]
  assert(place.some(id.test), 'a message payload has a roomId or a listenerId')
}

export function assertRoom(payload: unknown, roomId: string): void {
  assertShape('room payload', payload, roomShape)
  assert.equal(fieldOf(payload, 'id'), roomId, 'a room payload carries the id it was asked for')
}

export function assertRoomMember(payload: unknown, contactId: string): void {
  assertShape('room member payload', payload, roomMemberShape)
  assert.equal(fieldOf(payload, 'id'), contactId, 'a room member payload carries the id it was asked for')
}

/** A scan event that waits for a person has to carry the code that is to be scanned. */
export function assertScan(payload: unknown): void {
  assertShape('scan event', payload, scanShape)
  if (fieldOf(payload, 'status') === types.ScanStatus.Waiting) {
    assert(id.test(fieldOf(payload, 'qrcode')), 'a waiting scan event carries a qrcode')
  }
}

export function assertLogout(payload: unknown, contactId: string): void {
  assertShape('logout event', payload, logoutShape)
  assert.equal(fieldOf(payload, 'contactId'), contactId, 'a logout event names who was logged in')
}

/** The one id that an event carries; it must carry nothing else, since consumers fetch the rest by the id. */
export function soleId(event: string, payload: unknown, field: string): string {
  assertShape(`${event} event`, payload, { [field]: id })
  assert.deepEqual(Object.keys(payload), [field], `a ${event} event carries only its ${field}`)
  return String(fieldOf(payload, field))
}
