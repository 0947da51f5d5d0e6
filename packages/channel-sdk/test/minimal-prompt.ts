/**
 * What the minimal host shows its model of a turn: trusted text in the system prompt, all other text marked.
 */

import type { ToolScope, Turn, TurnMessage } from '../src/index.ts'
import type { Has } from './defects.ts'

const tools = ['alpha', 'beta', 'gamma']
/** Outlives a turn, as the prompt of a careless host would. */
let keptPrompt = ''

export function userTextOf(turn: Turn, has: Has): string {
  const messages = has('drops all but the last message') ? turn.messages.slice(-1) : turn.messages
  const lines = messages.flatMap((message) => [
    ...speakerOf(turn, message, has),
    ...quoteOf(message, has),
    ...filesOf(message, has),
    message.text,
  ])
  return [...contextOf(turn, has), ...lines].join('\n')
}

export function systemPromptOf(turn: Turn, has: Has): string {
  const { systemPrompt = '' } = turn
  if (systemPrompt !== '') keptPrompt = systemPrompt
  const instructions = [
    has('takes context for instructions') ? contextOf(turn, has) : [],
    turn.messages.flatMap((message) => [
      ...(has('takes names for instructions') ? speakerOf(turn, message, has) : []),
      ...(has('takes quotes for instructions') ? quoteOf(message, has) : []),
      ...(has('takes file names for instructions') ? filesOf(message, has) : []),
    ]),
    has("drops a group's system prompt") ? [] : systemPrompt,
    has("keeps a group's system prompt") ? keptPrompt : [],
  ]
  return ['Be minimal.', ...instructions.flat()].join('\n')
}

/** The names that every scope admits. */
export function toolsOf({ tools: scopes = [] }: Turn, has: Has): string[] {
  if (has('ignores tool scopes')) return tools
  const taken = has('takes the last scope only') ? scopes.slice(-1) : scopes
  const admitted = tools.filter((name) => taken.every((scope) => admits(scope, name, has)))
  return admitted.length === 0 && has('takes scopes that admit nothing for none') ? tools : admitted
}

function admits({ allow, deny = [] }: ToolScope, name: string, has: Has): boolean {
  const names = (list: readonly string[]) => list.includes('*') || list.includes(name)
  if (has('lets allow win over deny') && allow !== undefined) return names(allow)
  return (allow === undefined || names(allow)) && !names(deny)
}

function contextOf({ context = [] }: Turn, has: Has): string[] {
  if (has('drops context') || context.length === 0) return []
  return marked(context.map(({ senderLabel, text }) => `${senderLabel}: ${text}`).join('\n'), has)
}

/** The number tells people of one name apart. */
function speakerOf({ messages }: Turn, { sender }: TurnMessage, has: Has): string[] {
  const ids = [...new Set(messages.map((message) => message.sender.id))]
  if (ids.length === 1 || has('drops names')) return []
  const number = has('mixes people of one name up') ? '' : ids.indexOf(sender.id) + 1
  if (has('names people in plain text')) return [`${sender.label} ${number}`]
  return marked(`${number} ${sender.label}`, has)
}

function quoteOf({ quote }: TurnMessage, has: Has): string[] {
  return quote === undefined || has('drops quotes') ? [] : marked(quote.text, has)
}

function filesOf({ media = [] }: TurnMessage, has: Has): string[] {
  return media.length === 0 || has('drops file names')
    ? []
    : marked(media.map(({ name }) => name).join(), has)
}

/** JSON has no line feeds, so that no line of the text can be taken for the end of the mark. */
function marked(text: string, has: Has): string[] {
  return [
    '[others said]',
    has('lets text end its mark') ? text : JSON.stringify(text).replaceAll(/[\u0085\u2028\u2029]/g, ' '),
    '[end]',
  ]
}
