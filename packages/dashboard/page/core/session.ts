/**
 * The session of this browser: the one-time link in the address is traded for it, and removed from the address before
 * anything else happens. The cookie is the browser's business; the key is kept where only this origin can read it, since a
 * cookie also reaches other ports of the same machine.
 */

const storedKey = 'moltbot.key'
const linkPattern = /^#link=([\w-]+)(?:&page=(\w+))?$/

/** The link that this page was opened with. Afterwards neither the address nor the history has it. */
export function takeLink(): string | undefined {
  const [, link, page = 'accounts'] = linkPattern.exec(location.hash) ?? []
  if (link !== undefined) history.replaceState(undefined, '', `/#/${page}`)
  return link
}

export function sessionKey(): string {
  return localStorage.getItem(storedKey) ?? ''
}

export function forgetSession(): void {
  localStorage.removeItem(storedKey)
}

/** @returns false for a link that was used already or is too old. A session that there was before stays. */
export async function trade(link: string): Promise<boolean> {
  const response = await fetch('/api/dashboard/session', { method: 'POST', body: JSON.stringify({ link }) })
  if (!response.ok) return false
  const { key }: { key: string } = await response.json()
  localStorage.setItem(storedKey, key)
  return true
}
