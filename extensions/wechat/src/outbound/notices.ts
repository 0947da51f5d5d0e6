/**
 * The channel's own notices to users, in their language. All other text that users read comes from the agent.
 */

import { type AccountState, type LeftOut, localTime, type Notice } from '@moltbot/channel-sdk'
import type { IdStability } from '../model/ids.ts'
import { leftOutNotice } from './left-out.ts'

export type ReplyLanguage = 'auto' | 'en' | 'zh-CN'

const chineseCharacter = /\p{Script=Han}/u

/** @param sample the user's message: `auto` answers Chinese in Chinese, and any other language in both languages. */
export function inLanguage(notice: Notice, language: ReplyLanguage, sample: string): string {
  if (language !== 'auto') return notice[language]
  return chineseCharacter.test(sample) ? notice['zh-CN'] : `${notice.en}\n${notice['zh-CN']}`
}

/**
 * For someone who may be a customer: it names no command.
 * @param idStability if ids change at every login, an approval ends with the login, and the notice says so
 */
export function pairingNotice(code: string, idStability: IdStability): Notice {
  const en = `Hello! This bot does not know you yet. Your code is ${code} (valid for one hour). Please send it to the operator of this bot. You can chat as soon as they have admitted you.`
  const zh = `你好！我还不认识你。你的配对码是 ${code}（一小时内有效），请把它发给这个机器人的管理员，通过后就可以聊天了。`
  return idStability === 'stable'
    ? { en, 'zh-CN': zh }
    : {
        en: `${en}\nThe approval holds until the bot logs in again; then you will need another code.`,
        'zh-CN': `${zh}\n批准只在机器人下次登录之前有效，之后需要新的配对码。`,
      }
}

export const approvedNotice: Notice = {
  en: 'Your pairing request was approved. You can start chatting now.',
  'zh-CN': '你的配对请求已通过，现在可以开始对话了。',
}

/** Sent if a turn failed with an error that has no notice of its own. */
export const apologyNotice: Notice = {
  en: 'Sorry, something went wrong and I could not answer. Please try again later.',
  'zh-CN': '抱歉，出了点问题，暂时无法回复，请稍后再试。',
}

export const helpNotice: Notice = {
  en: [
    'Commands:',
    '/new – start a new conversation',
    '/stop – stop the current answer',
    '/status – show the state of the bot',
    '/help – show this list',
  ].join('\n'),
  'zh-CN': [
    '可用命令：',
    '/new 开始新的对话',
    '/stop 停止正在生成的回答',
    '/status 查看机器人状态',
    '/help 显示本列表',
  ].join('\n'),
}

export const freshSessionNotice: Notice = {
  en: 'New conversation started. Earlier messages are forgotten.',
  'zh-CN': '已开始新的对话，之前的内容不再保留。',
}

export const stoppedNotice: Notice = { en: 'Stopped.', 'zh-CN': '已停止。' }

export const nothingToStopNotice: Notice = {
  en: 'No answer is being written at the moment.',
  'zh-CN': '现在没有正在生成的回答。',
}

/** What a person may know of the bot and of this conversation. */
export interface StatusFacts {
  readonly state: AccountState
  readonly sinceMs: number
  /** The host's name of the model, where it tells. */
  readonly model?: string | undefined
  /** Exchanges that the agent remembers, where the host tells. */
  readonly remembered?: number | undefined
  /** What the model was not given for the latest answer, where the host tells. */
  readonly leftOut?: LeftOut | undefined
  /** Messages that the backend still takes until the person writes again; undefined: no limit. */
  readonly sendsLeft?: number | undefined
}

const chineseStates: Readonly<Record<AccountState, string>> = {
  idle: '未启动',
  starting: '正在启动',
  scan: '等待扫码登录',
  online: '在线',
  reconnecting: '正在重新连接',
  degraded: '在线，但消息暂时无法保存',
  'logged-out': '已退出登录',
  failed: '出错',
  disabled: '已停用',
}

export function statusNotice(facts: StatusFacts): Notice {
  const { state, sinceMs, model, remembered, leftOut, sendsLeft } = facts
  const since = localTime(sinceMs)
  const missing = leftOut && leftOutNotice(leftOut)
  return {
    en: [
      `State: ${state} since ${since}`,
      ...(model === undefined ? [] : [`Model: ${model}`]),
      ...(remembered === undefined ? [] : [`This conversation: ${remembered} exchanges remembered`]),
      ...(missing === undefined ? [] : [missing.en]),
      ...(sendsLeft === undefined ? [] : [`Messages I can still send before you write again: ${sendsLeft}`]),
    ].join('\n'),
    'zh-CN': [
      `状态：${chineseStates[state]}（自 ${since}）`,
      ...(model === undefined ? [] : [`模型：${model}`]),
      ...(remembered === undefined ? [] : [`本次对话：记得 ${remembered} 轮`]),
      ...(missing === undefined ? [] : [missing['zh-CN']]),
      ...(sendsLeft === undefined ? [] : [`你下次发言前，我还能发 ${sendsLeft} 条消息`]),
    ].join('\n'),
  }
}

/** Sent once while a turn takes long. */
export const progressNotice: Notice = {
  en: 'Still working on it. The answer will follow soon.',
  'zh-CN': '还在处理，稍后回复你。',
}

/** Sent once when a conversation has had as many turns within an hour as it may have. */
export function restNotice(turns: number): Notice {
  return {
    en: `I have answered ${turns} times here within an hour and pause now. I still read along, and answer again later.`,
    'zh-CN': `这里一小时内我已经回答了 ${turns} 次，先暂停一会儿。消息我仍会看到，稍后再继续回答。`,
  }
}

/** Sent instead of running a turn again whose answer was interrupted. */
export const cutOffNotice: Notice = {
  en: 'The answer above was interrupted by a restart. Please ask again if something is missing.',
  'zh-CN': '上面的回答因重启而中断，如有缺失请再问一次。',
}

/** Sent instead of running a turn again that may be the reason why the gateway ended twice. */
export const setAsideNotice: Notice = {
  en: 'Your message could not be answered: the assistant was interrupted again and again while working on it. Please send it again in another form.',
  'zh-CN': '处理这条消息时助手一再意外中断，已停止重试。请换一种方式再发一次。',
}

/** Why a file was not read or not sent. */
export type MediaTrouble = 'too-large' | 'too-many' | 'no-room' | 'not-available'

const mediaTroubles: Readonly<Record<MediaTrouble, Notice>> = {
  'too-large': { en: 'too large', 'zh-CN': '文件太大' },
  'too-many': { en: 'too many files', 'zh-CN': '文件太多' },
  'no-room': {
    en: 'too many files at the moment, please send it again later',
    'zh-CN': '当前文件太多，请稍后重发',
  },
  'not-available': { en: 'not available', 'zh-CN': '无法获取' },
}

const chineseKinds: Readonly<Record<string, string>> = {
  image: '图片',
  voice: '语音',
  video: '视频',
  file: '文件',
}

/** Informs the agent and the user about a file of the user that could not be downloaded. */
export function notReadNotice(kind: string, trouble: MediaTrouble): Notice {
  const why = mediaTroubles[trouble]
  return {
    en: `[${kind}: not read, ${why.en}]`,
    'zh-CN': `[${chineseKinds[kind] ?? kind}：未读取，${why['zh-CN']}]`,
  }
}

/** Replaces a file that is not sent with the reply. */
export function notSentNotice(name: string, trouble: MediaTrouble): Notice {
  const why = mediaTroubles[trouble]
  return { en: `[${name}: not sent, ${why.en}]`, 'zh-CN': `[${name}：未发送，${why['zh-CN']}]` }
}

/** Sent once a day at most, for a part of an answer that was given up. */
export const textLostNotice: Notice = {
  en: 'Part of an answer to you could not be sent. Please ask again if you still need it.',
  'zh-CN': '有一条回复没能发出来，如果还需要，请再问一次。',
}

/** As `textLostNotice`, for a part that may have arrived. */
export const maybeLostNotice: Notice = {
  en: 'Part of an answer to you may not have arrived. Please ask again if something is missing.',
  'zh-CN': '有一条回复可能没有送达，如果发现内容不全，请再问一次。',
}

/** As `textLostNotice`, for a file. */
export function fileLostNotice(name: string): Notice {
  return { en: `[${name}: could not be sent]`, 'zh-CN': `[${name}：发送失败]` }
}

/** As `fileLostNotice`, while further attempts are made. */
export function fileDelayedNotice(name: string): Notice {
  return {
    en: `[${name}: could not be sent so far; it follows if a later attempt succeeds]`,
    'zh-CN': `[${name}：暂时发送失败，会继续重试，成功后自动补发]`,
  }
}

/** Ends the last text if a reply needs more messages than the backend allows. */
export const restAttachedNotice: Notice = {
  en: 'The rest of this reply is in the attached file.',
  'zh-CN': '后面的内容见附件。',
}
