// The phone's side of a login: scan, confirm, type digits, or let the code die.

import { type Binding, bindingOf } from '../state/bots.ts'
import { isOpen, type QrCode, type QrStatus, qrContent, statusOf } from '../state/qr-codes.ts'
import type { World } from '../state/world.ts'
import { heldBotOf } from '../wire/login.ts'
import { ControlRefusal } from './refusal.ts'

export type QrView = {
  qrcode: string
  /** The text that a client shows as a QR code. */
  content: string
  status: QrStatus
  createdAtMs: number
  expiresAtMs: number
}

export function openCodes(world: World): QrView[] {
  const nowMs = world.clock.now()
  return world.qrCodes
    .all()
    .filter((code) => isOpen(code, nowMs))
    .map((code) => viewOf(code, nowMs))
}

function viewOf(code: QrCode, nowMs: number): QrView {
  const { qrcode, createdAtMs, expiresAtMs } = code
  return { qrcode, content: qrContent(qrcode), status: statusOf(code, nowMs), createdAtMs, expiresAtMs }
}

export function scan(world: World, qrcode: string): QrView {
  return change(world, qrcode, (code) => {
    code.isScanned = true
  })
}

/** Shows digits on the phone, which the client has to send with its next polls. */
export function requireCode(world: World, qrcode: string, digits: string): QrView {
  return change(world, qrcode, (code) => {
    code.isScanned = true
    code.verifyCode = { digits, wrongTries: 0, isAccepted: false }
  })
}

export function redirect(world: World, qrcode: string, host: string): QrView {
  return change(world, qrcode, (code) => {
    code.redirectHost = host
  })
}

export function expireCode(world: World, qrcode: string): QrView {
  return change(world, qrcode, (code) => {
    code.expiresAtMs = world.clock.now()
  })
}

/**
 * The person agrees. A user whose live bot the client holds already gets that one (`binded_redirect`); otherwise a
 * new bot is bound, and the user's former bot goes stale.
 */
export function confirm(
  world: World,
  wish: { qrcode: string; userId?: string | undefined; botId?: string | undefined },
): Binding {
  const code = openCode(world, wish.qrcode)
  const held = heldBotOf(world, code, wish.userId)
  const staleAtMs = world.clock.now() + world.settings.rebindDelayMs
  const bot = held ?? world.bots.bind(wish, staleAtMs)
  code.isScanned = true
  code.outcome = { kind: held ? 'already-bound' : 'confirmed', bot }
  code.waiters.wakeAll()
  return bindingOf(bot)
}

function change(world: World, qrcode: string, apply: (code: QrCode) => void): QrView {
  const code = openCode(world, qrcode)
  apply(code)
  code.waiters.wakeAll()
  return viewOf(code, world.clock.now())
}

function openCode(world: World, qrcode: string): QrCode {
  const code = world.qrCodes.get(qrcode)
  if (!code) throw new ControlRefusal(404, `qrcode: there is no QR code ${qrcode}`)
  const nowMs = world.clock.now()
  if (!isOpen(code, nowMs)) throw new ControlRefusal(409, `qrcode: it is ${statusOf(code, nowMs)}`)
  return code
}
