/**
 * The accounts: how each of them is, why, and what to do; logging in; and what would happen with somebody's message.
 */

import type { AccountAnswer } from '../../../gateway/src/api/answers.ts'
import { call } from '../core/api.ts'
import { useSpeech } from '../core/language.tsx'
import { changed, status } from '../core/live.ts'
import { useStore } from '../core/store.ts'
import { Action } from '../parts/action.tsx'
import { Login } from '../parts/login.tsx'
import { Lookup } from '../parts/lookup.tsx'
import { Time } from '../parts/time.tsx'

export function AccountsPage() {
  const { say, translate } = useSpeech()
  const now = useStore(status)
  if (now === undefined) return <p>{say('Loading …')}</p>
  const about = new Set(now.accounts.map(({ problem }) => problem))
  const others = now.problems.filter((problem) => !about.has(problem))
  return (
    <>
      {others.map((problem) => (
        <p class="banner bad" key={problem}>
          {translate(problem)}
        </p>
      ))}
      {now.config.reloadError !== undefined && (
        <p class="banner bad">
          {say('The configuration on disk is invalid and not in use:')} {translate(now.config.reloadError)}
        </p>
      )}
      {now.accounts.length === 0 && <p>{say('No account is configured.')}</p>}
      <ul class="cards">
        {now.accounts.map((account) => (
          <li key={`${account.channel}/${account.accountId}`}>
            <Account account={account} />
          </li>
        ))}
      </ul>
      {now.accounts.length > 0 && <Lookup accounts={now.accounts} />}
      {now.warnings.length > 0 && (
        <section>
          <h2>{say('Probably not meant')}</h2>
          <ul>
            {now.warnings.map((warning) => (
              <li key={warning}>{translate(warning)}</li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

function Account({ account }: { readonly account: AccountAnswer }) {
  const { say, translate } = useSpeech()
  const {
    accountId,
    name,
    channel,
    puppet,
    state,
    sinceMs,
    reason,
    userId,
    outbox,
    gateway,
    warnings = [],
  } = account
  return (
    <article class="card" aria-label={say('Account {account}', { account: accountId })}>
      <h2>
        <bdi>{name ?? accountId}</bdi>
        <span class={`badge ${lookOf(account)}`}>{translate(state)}</span>
      </h2>
      <p class="dim">
        {channel}/<bdi>{accountId}</bdi>, {puppet}
        {userId !== undefined && (
          <>
            , <code>{userId}</code>
          </>
        )}
        {gateway !== undefined && `, ${say('served by gateway {gateway}', { gateway })}`}
      </p>
      <p>
        {translate(reason)} (<Time ms={sinceMs} />)
      </p>
      <ToDo account={account} />
      {account.state === 'scan' && <Login account={account} />}
      {warnings.map((warning) => (
        <p class="banner wait" key={warning}>
          {translate(warning)}
        </p>
      ))}
      {outbox.waiting + outbox.troubled > 0 && (
        <p>
          <a href="#/outbox">
            {say('{waiting} waiting, {failed} not sent', {
              waiting: outbox.waiting,
              failed: outbox.troubled,
            })}
          </a>
        </p>
      )}
      {state !== 'disabled' && <Deeds account={account} />}
    </article>
  )
}

function lookOf({ state, problem }: AccountAnswer): 'good' | 'bad' | 'wait' {
  if (state === 'online') return 'good'
  return problem === undefined ? 'wait' : 'bad'
}

/** What a person can do here; what only the configuration cures is said by the reason. */
function ToDo({ account: { nextAction } }: { readonly account: AccountAnswer }) {
  const { say } = useSpeech()
  const advice = {
    none: undefined,
    scan: say('Scan the QR code with WeChat, then confirm on the phone.'),
    'enter-code': say('Enter the digits that the phone shows.'),
    'fix-config': say('Correct the configuration; it is used as soon as it is saved.'),
    wait: say('Nothing to do: the gateway tries again by itself.'),
  }[nextAction]
  return advice === undefined ? null : <p class="todo">{advice}</p>
}

function Deeds({ account: { accountId, state } }: { readonly account: AccountAnswer }) {
  const { say } = useSpeech()
  const of = (what: string) => `${what}: ${accountId}`
  const change = (action: 'start' | 'stop' | 'restart') => async () => {
    await call('changeAccount', { accountId, action })
    changed('status')
    return undefined
  }
  const probe = async () => {
    const { accounts } = await call('probe', { accountIds: [accountId] })
    const [answer] = accounts
    if (answer?.answers) return say('It responds.')
    throw new Error(answer?.problem ?? say('It does not respond.'))
  }
  const logOut = async () => {
    await call('logout', { accountId })
    changed('status')
    return say('Account {account} is logged out.', { account: accountId })
  }
  return (
    <div class="buttons">
      {state === 'idle' ? (
        <Action act={change('start')} label={of(say('Start'))} kind="main">
          {say('Start')}
        </Action>
      ) : (
        <>
          <Action act={probe} label={of(say('Probe'))}>
            {say('Probe')}
          </Action>
          <Action act={change('restart')} label={of(say('Restart'))}>
            {say('Restart')}
          </Action>
          <Action
            act={change('stop')}
            label={of(say('Stop'))}
            confirm={say('Stop account {account}? Nobody is answered until it is started again.', {
              account: accountId,
            })}
            kind="danger"
          >
            {say('Stop')}
          </Action>
          <Action
            act={logOut}
            label={of(say('Log out'))}
            confirm={say('Log account {account} out? It then needs another scan.', { account: accountId })}
            kind="danger"
          >
            {say('Log out')}
          </Action>
        </>
      )}
    </div>
  )
}
