// Login: a QR code, and the long poll that tells what the phone does with it.

import { maxLocalTokens } from '../limits.ts'
import { type QrCode, qrContent, statusOf, tryDigits } from '../state/qr-codes.ts'
import type { World } from '../state/world.ts'
import { answer, type Handler, type Outcome } from './call.ts'

export const getQrCode: Handler = ({ world, query, body }) => {
  if (query.get('bot_type') !== '3') return answer({ ret: 2, errmsg: 'invalid bot_type' })
  const listed = body.local_token_list
  const tokens = Array.isArray(listed) ? listed.filter((token) => typeof token === 'string') : []
  const { qrcode } = world.qrCodes.create(
    tokens.slice(0, maxLocalTokens),
    world.clock.now(),
    world.settings.qrLifeMs,
  )
  return answer({ ret: 0, qrcode, qrcode_img_content: qrContent(qrcode) })
}

/**
 * Held while nothing changes. The first poll is answered at once, so that a client sees `wait` without waiting.
 * Codes that the simulator does not know are long dead: `expired`.
 */
export const getQrStatus: Handler = async (call) => {
  const code = call.world.qrCodes.get(call.query.get('qrcode') ?? '')
  if (!code) return answer({ ret: 0, status: 'expired' })
  const digits = call.query.get('verify_code')
  if (digits !== null) tryDigits(code, digits)
  const untilMs = performance.now() + (digits === null ? call.world.settings.qrHoldMs : 0)
  for (;;) {
    const nowMs = call.world.clock.now()
    const leftMs = untilMs - performance.now()
    if (statusOf(code, nowMs) !== code.lastTold || leftMs <= 0) return tell(code, call.world)
    await code.waiters.wait(Math.min(leftMs, Math.max(1, code.expiresAtMs - nowMs)), call.gone)
    if (call.gone.aborted) return { kind: 'gone' }
    const fault = call.world.faults.take(call.endpoint, true)
    if (fault) return { kind: 'fault', fault }
  }
}

function tell(code: QrCode, world: World): Outcome {
  const status = statusOf(code, world.clock.now())
  code.lastTold = status
  if (status === 'scaned_but_redirect') {
    const redirectHost = code.redirectHost
    code.redirectHost = undefined
    return answer({ ret: 0, status, redirect_host: redirectHost })
  }
  if (status !== 'confirmed' || !code.outcome) return answer({ ret: 0, status })
  const { bot } = code.outcome
  return answer({
    ret: 0,
    status,
    bot_token: bot.token,
    ilink_bot_id: bot.botId,
    baseurl: world.origin,
    ilink_user_id: bot.userId,
  })
}

/** The live bot that a client holds already for this user, if its login request has named that bot's token. */
export function heldBotOf(world: World, code: QrCode, userId: string | undefined) {
  const nowMs = world.clock.now()
  return code.localTokens
    .map((token) => world.bots.byToken(token, nowMs))
    .find((bot) => bot !== undefined && bot.userId === userId)
}
