/**
 * What a model was not given for the latest answer, in words: for the person in `/status`, for the operator in
 * `channels explain`.
 */

import type { LeftOut, Notice } from '@moltbot/channel-sdk'

/** For the person, who has no use for names of tools. */
export function leftOutNotice(leftOut: LeftOut): Notice | undefined {
  const count = leftOut.tools.length
  const parts = [
    ...saidParts(leftOut),
    ...(count === 0 ? [] : [{ en: `tools (${count})`, 'zh-CN': `${count} 个工具` }]),
  ]
  if (parts.length === 0) return undefined
  return {
    en: `The last answer was written without: ${parts.map(({ en }) => en).join(', ')}`,
    'zh-CN': `上一次回答时没能用上：${parts.map((part) => part['zh-CN']).join('、')}`,
  }
}

/** For the operator, a sentence each. */
export function leftOutDetails(leftOut: LeftOut): string[] {
  const { tools, streaming } = leftOut
  return [
    ...saidParts(leftOut).map(({ en }) => `written without ${en}`),
    ...(tools.length === 0 ? [] : [`written without the tools ${tools.join(', ')}`]),
    ...(streaming ? ['asked for as a whole, because the provider does not stream'] : []),
  ]
}

function saidParts({ exchanges, messages, pictures, voices, texts }: LeftOut): Notice[] {
  const parts: readonly [isMissing: boolean, en: string, zh: string][] = [
    [exchanges > 0, `older exchanges (${exchanges})`, `较早的 ${exchanges} 轮对话`],
    [messages > 0, `older messages of the group (${messages})`, `群里较早的 ${messages} 条消息`],
    [pictures, 'pictures', '图片'],
    [voices, 'the sound of voice messages', '语音的声音'],
    [texts, 'the middle of long texts', '长文本的中间部分'],
  ]
  return parts.filter(([isMissing]) => isMissing).map(([, en, zh]) => ({ en, 'zh-CN': zh }))
}
