/**
 * `schedules list`, `run`, `pause`, `resume` and `remove`: what is sent by itself, through the running gateway.
 */

import { localTime } from '@moltbot/channel-sdk'
import type { ScheduleAnswer } from '../api/answers.ts'
import { connectGateway } from '../control/client.ts'
import type { ScheduleChange } from '../schedules/schedule-desk.ts'
import { columns } from './columns.ts'
import { type Output, show } from './show.ts'

export interface ScheduleOptions {
  readonly account?: string
  readonly json?: true
}

const previewLength = 40

export async function listSchedules(
  stateDir: string,
  { account: accountId, json }: ScheduleOptions,
  output: Output,
): Promise<undefined> {
  const { schedules } = await connectGateway(stateDir).call('schedules', { accountId })
  show(output, json, schedules, () =>
    schedules.length === 0 ? [output.say('Nothing is scheduled.')] : table(schedules, output),
  )
}

/** @throws `schedule-unknown`, `schedule-configured` */
export async function changeSchedule(
  stateDir: string,
  action: ScheduleChange,
  id: string,
  { json }: ScheduleOptions,
  output: Output,
): Promise<undefined> {
  await connectGateway(stateDir).call('changeSchedule', { id, action })
  show(output, json, { id, action }, () => [doneLine(action, id, output)])
}

function doneLine(action: ScheduleChange, id: string, { say }: Output): string {
  switch (action) {
    case 'run':
      return say('{id} runs now; see what became of it with: moltbot schedules list', { id })
    case 'pause':
      return say('{id} is paused.', { id })
    case 'resume':
      return say('{id} goes on.', { id })
    case 'remove':
      return say('{id} is removed.', { id })
  }
}

/** What became of the last run gets a line of its own, because its reason may be long. */
function table(schedules: readonly ScheduleAnswer[], { say, translate }: Output): string[] {
  const headings = ['ID', say('ACCOUNT'), say('TO'), say('NEXT'), say('MESSAGE')]
  const rows = schedules.map(({ id, accountId, conversation, nextMs, isPaused, text }) => [
    id,
    accountId,
    conversation.id,
    isPaused ? say('paused') : nextMs === undefined ? '-' : localTime(nextMs),
    text.slice(0, previewLength).replaceAll(/\s+/g, ' ').toWellFormed(),
  ])
  const [head = '', ...lines] = columns([headings, ...rows])
  return [
    head,
    ...lines.flatMap((line, index) => {
      const [last] = schedules[index]?.runs ?? []
      if (last === undefined) return [line]
      const { state, dueMs, reason } = last
      const outcome = say('last: {state}, due {time}', { state: translate(state), time: localTime(dueMs) })
      return [line, `  ${outcome}${reason === '' ? '' : `: ${translate(reason)}`}`]
    }),
  ]
}
