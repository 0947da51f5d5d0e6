/**
 * `import openclaw` and `import tencent`: what was taken over, what was not, and what is left for the person to do.
 */

import type { ChannelPlugin, ImportedAccount } from '@moltbot/channel-sdk'
import { configText, withoutSecrets } from '../imports/config-text.ts'
import { type ImportOrder, type ImportReport, runImport } from '../imports/run-import.ts'
import { refuseIfInDatabase } from '../state/elsewhere.ts'
import { exitCodes } from './failure.ts'
import { type Output, print, show } from './show.ts'

interface ImportCommandOptions {
  readonly dryRun?: boolean
  readonly config?: string
  readonly json?: boolean
}

/** 1 where an account was refused. @throws `state-in-database`, what `runImport` throws */
export async function importFrom(
  order: Pick<ImportOrder, 'of' | 'path' | 'stateDir' | 'env'>,
  plugins: readonly ChannelPlugin[],
  { dryRun = false, config: configFile, json }: ImportCommandOptions,
  output: Output,
): Promise<number> {
  await refuseIfInDatabase(order, 'import')
  const report = await runImport({ ...order, plugins, dryRun, configFile })
  const { config, variables } = withoutSecrets(report.config)
  show(output, json, { dryRun, ...report, config }, () => describe(report, dryRun, output))
  const isShown = !json && (report.configFile === undefined || dryRun) && Object.keys(config).length > 0
  if (isShown) showConfig(config, variables, output)
  const isRefused = report.accounts.some(({ status }) => status === 'refused')
  return isRefused ? exitCodes.failed : exitCodes.fine
}

function describe(report: ImportReport, dryRun: boolean, output: Output): string[] {
  const { folder, running, accounts, gaps, configFile } = report
  const { say, translate } = output
  const head = dryRun
    ? say('Dry run: nothing is changed. From {folder}:', { folder })
    : say('From {folder}, where nothing was changed:', { folder })
  const isOne = accounts.some(({ status }) => status !== 'refused')
  return [
    head,
    ...(running === undefined
      ? []
      : [say('OpenClaw is running (pid {pid}); stop it before the import.', { pid: running })]),
    ...accounts.map((account) => accountLine(account, dryRun, output)),
    ...gaps.map(({ what, reason }) =>
      say('not taken over: {what}: {reason}', { what, reason: translate(reason) }),
    ),
    ...(configFile === undefined || dryRun
      ? []
      : [say('Wrote {file}; check it with: moltbot config validate --config {file}', { file: configFile })]),
    ...(isOne
      ? [
          say(
            'Never run both: one login must not be polled by two programs. Before OpenClaw starts again, switch the account off there: openclaw plugins disable openclaw-weixin (or wechaty, which is this channel)',
          ),
        ]
      : []),
  ]
}

function accountLine(account: ImportedAccount, dryRun: boolean, { say, translate }: Output): string {
  const { accountId, status, approved, conversations, reason = '' } = account
  const facts = { account: accountId, approved: approved.length, conversations }
  if (status === 'refused')
    return say('account {account}: not taken over: {reason}', {
      account: accountId,
      reason: translate(reason),
    })
  if (status === 'present')
    return say('account {account}: its login is here already; people approved: {approved}', {
      account: accountId,
      approved: approved.length,
    })
  return dryRun
    ? say(
        'account {account}: would be taken over without a scan; people approved: {approved}, who can be written to: {conversations}',
        facts,
      )
    : say(
        'account {account}: taken over, no scan is needed; people approved: {approved}, who can be written to: {conversations}',
        facts,
      )
}

function showConfig(config: object, variables: readonly string[], output: Output): void {
  const { say, write } = output
  print(output, '', say('This belongs into your config.json5:'), '')
  // As it is: a folded line would be another configuration.
  write(`${configText(config)}\n`)
  if (variables.length === 0) return
  const names = variables.join(', ')
  print(
    output,
    '',
    say(
      'Keys and tokens are not shown. Put their values into .env beside the file, or into the environment: {names}',
      { names },
    ),
  )
}
