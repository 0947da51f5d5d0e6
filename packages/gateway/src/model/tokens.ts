/**
 * A rough count of tokens, made before a model is asked. Tokenizers differ, and none is at hand for most models, so
 * this is a rule of thumb that errs on the high side; what a refusal shows corrects it (`learnt.ts`).
 */

import type { ModelPrompt, PromptMessage } from './library.ts'

const lettersPerToken = 4
/** What a message costs besides its text. */
const perMessage = 4
/** What providers charge for a picture of the size that they scale others down to. */
const perFile = 1_200

/** Chinese, Japanese and Korean have about a token for each character. */
export function tokensIn(text: string): number {
  let wide = 0
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) >= 0x2e80) wide++
  return wide + Math.ceil((text.length - wide) / lettersPerToken)
}

export function tokensInPrompt(prompt: ModelPrompt): number {
  return prompt.reduce((sum, message) => sum + perMessage + tokensInMessage(message), 0)
}

function tokensInMessage({ content }: PromptMessage): number {
  if (typeof content === 'string') return tokensIn(content)
  return content.reduce((sum, part) => sum + tokensInPart(part), 0)
}

function tokensInPart(part: Exclude<PromptMessage['content'], string>[number]): number {
  switch (part.type) {
    case 'text':
    case 'reasoning':
      return tokensIn(part.text)
    case 'file':
      return perFile
    default:
      return tokensIn(JSON.stringify(part))
  }
}
