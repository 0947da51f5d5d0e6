/**
 * Why a turn has no answer: one short apology for the person, the whole reason for the operator, a secret for neither.
 */

import { MoltbotError, type Notice } from '@moltbot/channel-sdk'

const notices = {
  later: {
    en: 'Sorry, I cannot answer right now. Please try again in a little while.',
    'zh-CN': '抱歉，我现在无法回复，请稍后再试。',
  },
  slow: {
    en: 'Sorry, that took me too long. Please try again, perhaps with a shorter question.',
    'zh-CN': '抱歉，处理超时了。请重试，或者换一个更简短的问题。',
  },
  broken: {
    en: 'Sorry, I cannot answer at the moment. If this does not change soon, please tell the operator of this bot.',
    'zh-CN': '抱歉，我暂时无法回复。如果一直这样，请告诉这个机器人的管理员。',
  },
  empty: {
    en: 'Sorry, I have no answer to that. Please try putting it another way.',
    'zh-CN': '抱歉，我没能给出回答，请换个说法试试。',
  },
  notConfigured: {
    en: 'I have no language model yet. The operator has to set agents.defaults.model.primary in the configuration.',
    'zh-CN': '我还没有可用的语言模型，请管理员在配置中设置 agents.defaults.model.primary。',
  },
} satisfies Record<string, Notice>

/** Follows an answer that is not whole, by why it was cut off. */
export const cutNotices = {
  length: {
    en: '(The answer was too long and ends here. Write "go on" for the rest.)',
    'zh-CN': '（回答太长，先到这里。发“继续”可以看后面的内容。）',
  },
  broken: {
    en: '(The answer was interrupted here. Write "go on" for the rest.)',
    'zh-CN': '（回答在这里中断了。发“继续”可以让我接着说。）',
  },
  time: {
    en: '(My time for this answer is over. Write "go on" for the rest.)',
    'zh-CN': '（这次回答的时间用完了。发“继续”可以让我接着说。）',
  },
} satisfies Record<string, Notice>

/** A failed call, reduced to what decides what to say. */
export interface CallFailure {
  /** The HTTP status, where the provider answered at all. */
  readonly status: number | undefined
  /** May time cure it? */
  readonly retryable: boolean
  readonly message: string
}

/** `model-refused` for what the provider answered with 3xx or 4xx, else `model-unreachable`. */
export function callFailed(model: string, { status, retryable, message }: CallFailure): MoltbotError {
  const refused = status !== undefined && status >= 300 && status < 500
  return new MoltbotError(
    refused ? 'model-refused' : 'model-unreachable',
    `${model} ${outcomeOf(status, refused, message)}`,
    { retryable, notice: retryable ? notices.later : notices.broken },
  )
}

function outcomeOf(status: number | undefined, refused: boolean, message: string): string {
  if (refused) return `refused the request: HTTP ${status}: ${message}`
  if (status !== undefined) return `gave no usable answer: HTTP ${status}: ${message}`
  return message.startsWith(noConnection)
    ? `cannot be reached: ${message.slice(noConnection.length)}`
    : `gave no usable answer: ${message}`
}

/** The AI SDK's words where no connection came about; what follows says why. */
const noConnection = 'Cannot connect to API: '

export function timedOut(model: string, turnTimeoutMs: number): MoltbotError {
  return new MoltbotError('model-timeout', `${model} did not answer within ${turnTimeoutMs} ms`, {
    retryable: true,
    certain: false,
    notice: notices.slow,
  })
}

/** @param finishReason the AI SDK's, e.g. `length` where thinking used the token limit up. */
export function emptyReply(model: string, finishReason: string): MoltbotError {
  return new MoltbotError('model-empty', `${model} answered without text (finish reason: ${finishReason})`, {
    notice: notices.empty,
  })
}

/** The model wants to call tools although it was asked to answer. */
export function tooManySteps(model: string): MoltbotError {
  return new MoltbotError('model-steps', `${model} went on calling tools past the limits of a turn`, {
    notice: notices.empty,
  })
}

export function notConfigured(message: string): MoltbotError {
  return new MoltbotError('model-not-configured', message, { notice: notices.notConfigured })
}

/** What a stopped turn ends with: nothing was decided, it may be run again. */
export function aborted(): DOMException {
  return new DOMException('the turn was stopped before its reply was whole', 'AbortError')
}

const maxMessageLength = 500
/** What local servers take as a key (`x`, `ollama`) is no secret, and blacking it out would eat the message. */
const minSecretLength = 8
const controlCharacters = /\p{Cc}+/gu
/** User info and query strings of URLs hold keys at some providers. */
const urlSecrets = /(?<=:\/\/)[^\s/@]+@|(?<=:\/\/[^\s?]*)\?\S+/g

/** A text of a provider's on one line, bounded, with the values of `secrets` blacked out. */
export function redact(text: string, secrets: readonly string[]): string {
  return blackOut(text, secrets)
    .replace(urlSecrets, '***')
    .replace(controlCharacters, ' ')
    .slice(0, maxMessageLength)
}

/** The text without the values of `secrets`. */
export function blackOut(text: string, secrets: readonly string[]): string {
  return secrets
    .filter((secret) => secret.length >= minSecretLength)
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
}
