/**
 * The `bot_agent` that a client declares about itself, in User-Agent form. The backend uses it for its logs only; the
 * rules are those of Tencent's client, so that what it would send passes unchanged.
 */

import { packageVersion } from '../version.ts'

const product = /^[A-Za-z0-9_.-]{1,32}\/[A-Za-z0-9_.+-]{1,32}$/
const comment = /^\([\x20-\x27\x2A-\x7E]{1,64}\)$/
const maxBytes = 256

export const defaultBotAgent = `wechaty-puppet-ilink/${packageVersion}`

/** Splits at white space, but keeps a `(comment with spaces)` together. */
const tokensOf = (text: string): string[] => {
  const tokens: string[] = []
  let open: string | undefined
  for (const word of text.split(/\s+/)) {
    const token: string = open === undefined ? word : `${open} ${word}`
    open = token.startsWith('(') && !token.endsWith(')') ? token : undefined
    if (open === undefined) tokens.push(token)
  }
  if (open !== undefined) tokens.push(open)
  return tokens
}

/** Products, each with its comment; anything else is dropped. */
const productsOf = (tokens: readonly string[]): string[] => {
  const products: string[] = []
  let commentFits = false
  for (const token of tokens) {
    const last = products.at(-1)
    if (product.test(token)) products.push(token)
    else if (commentFits && last !== undefined && comment.test(token))
      products[products.length - 1] = `${last} ${token}`
    commentFits = product.test(token)
  }
  return products
}

/** @returns at most 256 bytes of `name/version (comment)` products; the default when nothing valid remains. */
export const sanitizeBotAgent = (declared: string | undefined): string => {
  const products = productsOf(tokensOf(declared?.trim() ?? ''))
  while (products.join(' ').length > maxBytes) products.pop()
  return products.join(' ') || defaultBotAgent
}
