/**
 * What the channel itself says to people, in their language. Everything else they read comes from the agent.
 */

import type { Notice } from '@moltbot/channel-sdk'

export type ReplyLanguage = 'auto' | 'en' | 'zh-CN'

const chineseCharacter = /\p{Script=Han}/u

/** @param sample what the person wrote: `auto` answers Chinese in Chinese, and anything else in both languages. */
export function inLanguage(notice: Notice, language: ReplyLanguage, sample: string): string {
  if (language !== 'auto') return notice[language]
  return chineseCharacter.test(sample) ? notice['zh-CN'] : `${notice.en}\n${notice['zh-CN']}`
}

export function pairingNotice(code: string, approveCommand: string): Notice {
  return {
    en: `This bot does not know you yet. Your pairing code is ${code} (valid for one hour). Ask its operator to run: ${approveCommand} ${code}`,
    'zh-CN': `机器人还不认识你。你的配对码是 ${code}（一小时内有效）。请让管理员运行：${approveCommand} ${code}`,
  }
}

export const approvedNotice: Notice = {
  en: 'Your pairing request was approved. Write again and the bot will answer.',
  'zh-CN': '你的配对请求已通过，现在可以开始对话了。',
}

/** Said when a turn failed with an error that brings no words of its own. */
export const apologyNotice: Notice = {
  en: 'Sorry, something went wrong and I could not answer. Please try again later.',
  'zh-CN': '抱歉，出了点问题，暂时无法回复，请稍后再试。',
}

/** Said at the end of the last text when a reply is longer than the messages that the backend allows. */
export const restAttachedNotice: Notice = {
  en: 'The rest of this reply is in the attached file.',
  'zh-CN': '后面的内容见附件。',
}
