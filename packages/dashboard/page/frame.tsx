/**
 * What is around every page: the name, where to go, how the gateway is, and what is read out when something happens.
 */

import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Language } from '../../gateway/src/language/choose.ts'
import { leave } from './core/api.ts'
import { useSpeech } from './core/language.tsx'
import { connection, endSession, latestEvent, status } from './core/live.ts'
import { type PageId, pageIds, usePage } from './core/routing.ts'
import { useStore } from './core/store.ts'
import { AccountsPage } from './pages/accounts.tsx'
import { ConfigurationPage } from './pages/configuration.tsx'
import { ConversationsPage } from './pages/conversations.tsx'
import { LogPage } from './pages/log.tsx'
import { OutboxPage } from './pages/outbox.tsx'
import { PairingPage } from './pages/pairing.tsx'
import { PhonePage } from './pages/phone.tsx'
import { SchedulesPage } from './pages/schedules.tsx'
import { ToolsPage } from './pages/tools.tsx'
import { UsagePage } from './pages/usage.tsx'
import { Choices } from './parts/choices.tsx'

const pages = {
  accounts: { title: 'Accounts', Page: AccountsPage },
  conversations: { title: 'Conversations', Page: ConversationsPage },
  pairing: { title: 'Pairing', Page: PairingPage },
  outbox: { title: 'Outbox', Page: OutboxPage },
  schedules: { title: 'Schedules', Page: SchedulesPage },
  tools: { title: 'Tools', Page: ToolsPage },
  usage: { title: 'Usage', Page: UsagePage },
  configuration: { title: 'Configuration', Page: ConfigurationPage },
  log: { title: 'Log', Page: LogPage },
  phone: { title: 'Phone', Page: PhonePage },
} as const satisfies Record<PageId, object>

export function Frame({ speak }: { readonly speak: (language: Language) => void }) {
  const { say } = useSpeech()
  const page = usePage()
  const main = useRef<HTMLElement>(null)
  const isFirst = useRef(true)
  const title = say(pages[page].title)
  useEffect(() => {
    document.title = `${title} · moltbot`
  }, [title])
  // Who uses a keyboard or a screen reader goes on where the new page begins.
  useLayoutEffect(() => {
    if (!isFirst.current) main.current?.focus()
    isFirst.current = false
  }, [page])
  const { Page } = pages[page]
  return (
    <>
      <header>
        <a class="skip" href={`#/${page}`} onClick={() => main.current?.focus()}>
          {say('Skip to the content')}
        </a>
        <span class="brand">moltbot</span>
        <GatewayState />
        <Choices speak={speak} />
        <button type="button" class="quiet" onClick={() => void leave().then(endSession)}>
          {say('End this session')}
        </button>
      </header>
      <Navigation page={page} />
      <main ref={main} tabIndex={-1}>
        <LostBanner />
        <h1>{title}</h1>
        <Page />
      </main>
      <Announcements />
    </>
  )
}

function Navigation({ page }: { readonly page: PageId }) {
  const { say } = useSpeech()
  const { pairing, hasPhone = false } = useStore(status) ?? {}
  const pending = pairing?.pending ?? 0
  return (
    <nav aria-label={say('Pages')}>
      <ul>
        {pageIds
          .filter((id) => id !== 'phone' || hasPhone)
          .map((id) => (
            <li key={id}>
              <a href={`#/${id}`} aria-current={id === page ? 'page' : undefined}>
                {say(pages[id].title)}
                {id === 'pairing' && pending > 0 && <span class="count">{pending}</span>}
              </a>
            </li>
          ))}
      </ul>
    </nav>
  )
}

function GatewayState() {
  const { say } = useSpeech()
  const now = useStore(status)
  const isLost = useStore(connection) !== 'live'
  if (now === undefined || isLost) return <span class="badge wait">{say('Connecting …')}</span>
  return now.healthy ? (
    <span class="badge good">{say('healthy')}</span>
  ) : (
    <span class="badge bad">{say('needs attention')}</span>
  )
}

function LostBanner() {
  const { say } = useSpeech()
  const isLost = useStore(connection) === 'lost'
  return (
    <div role="alert">
      {isLost && (
        <p class="banner bad">
          {say('The gateway does not answer. What is shown here may be old; connecting again …')}
        </p>
      )}
    </div>
  )
}

/** Changes of accounts, for screen readers: they see them without looking for them. */
function Announcements() {
  const { say, translate } = useSpeech()
  const event = useStore(latestEvent)
  const account = Object(event?.data.account)
  return (
    <div class="unseen" aria-live="polite">
      {event !== undefined &&
        say('Account {account}: {state}', {
          account: String(account.accountId),
          state: translate(String(account.state)),
        })}
    </div>
  )
}
