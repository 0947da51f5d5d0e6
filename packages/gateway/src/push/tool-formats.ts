/**
 * Makes a text of what a tool sends that cannot be told what to send. Pure. The texts of a tool are its own: they are shown as
 * they are, in lines of a bounded length.
 */

import { MoltbotError } from '@moltbot/channel-sdk'
import { z } from 'zod'
import { clip } from '../text.ts'

export const toolFormats = ['alertmanager', 'uptime-kuma'] as const
export type ToolFormat = (typeof toolFormats)[number]

const maxAlerts = 10
const maxLine = 500

const labels = z.record(z.string(), z.string()).default({})

/** https://prometheus.io/docs/alerting/latest/configuration/#webhook_config, version 4. What is not used may change. */
const alertmanager = z.object({
  status: z.enum(['firing', 'resolved']),
  truncatedAlerts: z.number().default(0),
  groupLabels: labels,
  commonLabels: labels,
  alerts: z
    .array(z.object({ status: z.enum(['firing', 'resolved']), labels, annotations: labels }))
    .min(1)
    .max(10_000),
})

/** Uptime Kuma's preset "application/json". Its test message has neither heartbeat nor monitor. */
const uptimeKuma = z.object({ msg: z.string().min(1) })

/** @throws `bad-request` for a body that this tool does not send */
export function textOfTool(format: ToolFormat, body: unknown): string {
  switch (format) {
    case 'alertmanager':
      return alertsText(parsed(format, alertmanager, body))
    case 'uptime-kuma':
      return parsed(format, uptimeKuma, body).msg
  }
}

function parsed<Schema extends z.ZodType>(format: string, schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw new MoltbotError('bad-request', `this is not what ${format} sends: ${z.prettifyError(result.error)}`)
}

type Notification = z.output<typeof alertmanager>

function alertsText({ status, alerts, truncatedAlerts, groupLabels, commonLabels }: Notification): string {
  const firing = alerts.filter((alert) => alert.status === 'firing').length
  const count = status === 'firing' ? firing : alerts.length
  const name = commonLabels.alertname ?? groupLabels.alertname ?? ''
  const head = `[${status.toUpperCase()}:${count}] ${name}`.trim()
  const shown = alerts.slice(0, maxAlerts).map((alert) => alertLine(alert, status))
  const more = alerts.length - shown.length + truncatedAlerts
  return [clip(head, maxLine), ...shown, ...(more > 0 ? [`… +${more}`] : [])].join('\n')
}

/** One that is over in a group that is firing says so. */
function alertLine(
  { status, labels: own, annotations }: Notification['alerts'][number],
  group: string,
): string {
  const words = annotations.summary ?? annotations.description ?? annotations.message ?? labelsText(own)
  const over = status !== group ? `(${status}) ` : ''
  const where = own.instance !== undefined && !words.includes(own.instance) ? `${own.instance}: ` : ''
  return clip(`- ${over}${where}${words}`.replaceAll(/\s+/g, ' '), maxLine)
}

function labelsText(own: Readonly<Record<string, string>>): string {
  return Object.entries(own)
    .filter(([name]) => name !== 'alertname' && name !== 'instance')
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')
}
