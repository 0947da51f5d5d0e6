/**
 * Logging an account in: its QR code as long as one is to be scanned, and the digits when the phone asks for them.
 */

import { useState } from 'preact/hooks'
import type { AccountAnswer } from '../../../gateway/src/api/answers.ts'
import { call } from '../core/api.ts'
import { useSpeech } from '../core/language.tsx'
import { changed } from '../core/live.ts'
import { Action } from './action.tsx'
import { Qr } from './qr.tsx'

export function Login({ account }: { readonly account: AccountAnswer }) {
  const { say } = useSpeech()
  const { accountId, nextAction, qr } = account
  if (nextAction === 'enter-code') return <Digits accountId={accountId} />
  if (qr === undefined) return null
  return (
    <figure>
      <Qr accountId={accountId} />
      <figcaption>
        {say('It is renewed by itself. The same as a link:')} <code class="link">{qr}</code>
      </figcaption>
    </figure>
  )
}

function Digits({ accountId }: { readonly accountId: string }) {
  const { say } = useSpeech()
  const [typed, setTyped] = useState('')
  const submit = async () => {
    // A Chinese input method types digits of full width.
    const code = typed.normalize('NFKC').trim()
    if (!/^\d{1,12}$/.test(code)) throw new Error(say('Type the digits only, such as 1234.'))
    await call('verifyCode', { accountId, code })
    changed('status')
    return undefined
  }
  return (
    <form class="buttons" onSubmit={(event) => event.preventDefault()}>
      <label>
        {say('Digits shown on the phone:')}{' '}
        <input
          inputMode="numeric"
          autoComplete="off"
          maxLength={12}
          value={typed}
          onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        />
      </label>
      <Action act={submit} kind="main">
        {say('Submit')}
      </Action>
    </form>
  )
}
