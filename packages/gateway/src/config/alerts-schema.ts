/**
 * `alerts`: whom the gateway tells when it needs a person, and how.
 */

import { z } from 'zod'
import { httpUrl } from './provider-schema.ts'

const maxWays = 20
const maxArgs = 100
const maxAfterSeconds = 86_400
const maxRepeatHours = 720

const webhookTemplates = ['json', 'wecom', 'feishu', 'dingtalk', 'slack', 'ntfy', 'bark'] as const

const webhook = z.strictObject({
  type: z.literal('webhook').describe('A message to an address on the web.'),
  url: httpUrl.describe(
    'Address of the robot or service. It usually contains a key: keep it in an environment variable.',
  ),
  template: z
    .enum(webhookTemplates)
    .default('json')
    .describe(
      'What the address expects: a robot of wecom, feishu, dingtalk or slack, ntfy, bark, or json for your own service.',
    ),
  secret: z
    .string()
    .min(1)
    .exactOptional()
    .describe('Secret for signatures, of a robot of feishu or dingtalk that wants them.'),
})

const command = z.strictObject({
  type: z.literal('command').describe('A program of this machine.'),
  command: z
    .string()
    .min(1)
    .describe(
      'The program. It gets the text on its standard input, and `MOLTBOT_ALERT` is begun, again, solved or test.',
    ),
  args: z.array(z.string()).max(maxArgs).default([]).describe('Arguments of the program.'),
})

const email = z.strictObject({
  type: z.literal('email').describe('An e-mail.'),
  smtp: z
    .string()
    .regex(/^smtps?:\/\/\S+$/, {
      error: 'expected an address such as "smtps://user:password@smtp.example.com"',
    })
    .describe(
      'The mail server, such as "smtps://user:password@smtp.example.com". Keep it in an environment variable.',
    ),
  from: z.string().min(3).describe('Address of the sender.'),
  to: z.string().min(3).describe('Address of the receiver.'),
})

const account = z.strictObject({
  type: z.literal('account').describe('A WeChat message from another account of this gateway.'),
  accountId: z
    .string()
    .min(1)
    .describe('The account that sends. What is wrong with this account itself is not sent this way.'),
  to: z.string().min(1).describe('Id of the person.'),
})

const afterSeconds = z.int().min(0).max(maxAfterSeconds)
const defaultAfterSeconds = 120

/** What an alert can be about; `gateway` is what is none of the others. */
export const alertKinds = ['account', 'model', 'outbox', 'disk', 'config', 'tools', 'gateway'] as const

export type AlertKind = (typeof alertKinds)[number]

const about = {
  account: 'an account',
  model: 'the model',
  outbox: 'messages that wait too long',
  disk: 'the disk and the state directory',
  config: 'a rejected edit of the configuration',
  tools: 'tools that offer the same name',
  gateway: 'anything else, such as a channel that cannot be opened',
} as const satisfies Record<AlertKind, string>

const afterByKind = z.strictObject({
  default: afterSeconds
    .default(defaultAfterSeconds)
    .describe('How long something that is not named here must be wrong, in seconds.'),
  account: ofKind('account'),
  model: ofKind('model'),
  outbox: ofKind('outbox'),
  disk: ofKind('disk'),
  config: ofKind('config'),
  tools: ofKind('tools'),
  gateway: ofKind('gateway'),
})

function ofKind(kind: AlertKind) {
  return afterSeconds.exactOptional().describe(`The same for ${about[kind]}.`)
}

export const alertsSchema = z
  .strictObject({
    to: z
      .array(z.discriminatedUnion('type', [webhook, command, email, account]))
      .max(maxWays)
      .default([])
      .describe('Ways to tell you. Each alert goes all of them.'),
    afterSeconds: z
      .union([afterSeconds, afterByKind])
      .default(defaultAfterSeconds)
      .describe(
        'How long something must be wrong before it is told, in seconds: one number, or `{default, account, model, outbox, disk, config, tools, gateway}`.',
      ),
    repeatHours: z
      .int()
      .min(0)
      .max(maxRepeatHours)
      .default(24)
      .describe('What is still wrong is told again after so many hours. 0: never.'),
    language: z.enum(['en', 'zh-CN']).default('en').describe('Language of the alerts.'),
  })
  .prefault({})
  .describe('Whom the gateway tells when something is wrong.')

export type AlertsConfig = z.output<typeof alertsSchema>
/** How long something of this kind must be wrong before it is told, in milliseconds. */
export function alertAfterMs({ afterSeconds: after }: AlertsConfig, kind: AlertKind): number {
  return (typeof after === 'number' ? after : (after[kind] ?? after.default)) * 1_000
}

export type AlertWay = AlertsConfig['to'][number]
