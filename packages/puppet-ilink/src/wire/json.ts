/**
 * JSON without losing digits. iLink sends 64-bit ids as bare numbers (ILink `message_id`, `msg_id`, `svr_id`), and a
 * plain JSON.parse rounds those above 2^53 to another message's id.
 */

interface ReviverContext {
  source?: string
}

const integerLiteral = /^-?\d+$/

/** Integers that a double cannot hold come out as their own decimal text; everything else as usual. */
const keepDigits = (_key: string, value: unknown, context?: ReviverContext): unknown => {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value
  const source = context?.source
  return source !== undefined && integerLiteral.test(source) ? source : value
}

/** @throws SyntaxError */
export const parseLossless = (text: string): unknown => JSON.parse(text, keepDigits)
