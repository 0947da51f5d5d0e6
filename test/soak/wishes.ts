/**
 * How people and the model of a soak write. A person marks each message with its number and what it wishes; the model marks
 * each part of an answer and each file with the number of the message. Pure.
 */

const wishes = ['plain', 'long', 'file', 'tool', 'failure', 'stall'] as const

/**
 * `plain`: a short answer. `long`: one of several messages. `file`: a file too. `tool`: a tool of the MCP server is used.
 * `failure`: the model's connection breaks each time. `stall`: the model never answers.
 */
export type Wish = (typeof wishes)[number]

export interface Asked {
  readonly number: number
  readonly wish: Wish
}

const question = new RegExp(`\\bq(\\d+)q-(${wishes.join('|')})\\b`, 'g')
const answerPart = /\ba(\d+)p(\d+)a\b/g
const fileName = /^f(\d+)f\.txt$/

export const questionOf = ({ number, wish }: Asked): string => `q${number}q-${wish}`
export const partOf = (number: number, part: number): string => `a${number}p${part}a`
export const fileOf = (number: number): string => `f${number}f.txt`

/** The answer to a turn in which nothing was asked, such as one that consists of a file. */
export const nothingAsked = 'Noted.'

/** The messages that a text of the conversation consists of. */
export function askedIn(text: string): Asked[] {
  return [...text.matchAll(question)].map(([, number, wish]) => ({
    number: Number(number),
    wish: wishes.find((one) => one === wish) ?? 'plain',
  }))
}

export interface AnswerPart {
  readonly number: number
  readonly part: number
}

export function partsIn(text: string): AnswerPart[] {
  return [...text.matchAll(answerPart)].map(([, number, part]) => ({
    number: Number(number),
    part: Number(part),
  }))
}

/** The number of the message that asked for a file of this name. */
export function numberOfFile(name: string): number | undefined {
  const number = fileName.exec(name)?.[1]
  return number === undefined ? undefined : Number(number)
}
