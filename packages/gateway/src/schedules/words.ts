/**
 * The gateway's own words in what it sends by itself, in the language of the person.
 */

import type { Schedule } from './schedule.ts'

export type Language = Schedule['language']

const chineseCharacter = /\p{Script=Han}/u

/** The language of a text that the person wrote, or that is written for them. */
export const languageOf = (text: string): Language => (chineseCharacter.test(text) ? 'zh-CN' : 'en')

const minuteMs = 60_000
/** Later than this is said. */
const lateAfterMs = 2 * minuteMs

/** Above a text that comes late. @param lateMs how late it is; empty where that is not worth a word */
export function lateLine(language: Language, lateMs: number): string {
  if (lateMs < lateAfterMs) return ''
  const minutes = Math.round(lateMs / minuteMs)
  return language === 'en' ? `(${minutes} minutes late)\n` : `（晚了 ${minutes} 分钟）\n`
}

/** In place of an answer that the agent could not give. */
export function failedText(language: Language, prompt: string): string {
  const asked = prompt.length > maxQuoted ? `${prompt.slice(0, maxQuoted).toWellFormed()}…` : prompt
  return language === 'en'
    ? `Sorry, I could not do what was scheduled: ${asked}`
    : `抱歉，定时任务没有完成：${asked}`
}

const maxQuoted = 100

/** Asks for a word, so that what is scheduled can be sent. @param at when the next one is due, in the person's time */
export function nudgeText(language: Language, at: string): string {
  return language === 'en'
    ? `Soon WeChat will not let me write to you any more until you write again. Something is scheduled for you (${at}): please send me a word, such as "ok", so that it arrives.`
    : `微信很快就不允许我主动发消息给你了，要等你再发言才行。${at} 还有给你的定时消息，请随便回我一句（比如“好”），这样到时才能送达。`
}
