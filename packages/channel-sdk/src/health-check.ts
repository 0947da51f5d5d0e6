/**
 * What a channel adds to the `doctor` of its host: checks that change nothing and that work whether or not the gateway
 * runs.
 */

/** What one check found. `warning`: it works, and is probably not what the operator wants. */
export interface Finding {
  readonly status: 'ok' | 'warning' | 'problem'
  /** One sentence for the operator, in English. Never holds a secret. */
  readonly message: string
  /** What the operator can do about it. */
  readonly advice?: string
}

export interface HealthCheck {
  /** What it is about, in one word such as `puppet`. */
  readonly about: string
  /** Milliseconds that it may take. Defaults to 10,000. */
  readonly timeoutMs?: number
  /** @param signal aborts when the time is over */
  run(signal: AbortSignal): Promise<readonly Finding[]>
}

/** What a channel's checks get of the host. */
export interface CheckHost {
  /** The channel's own folder. It may not exist. Absent: what the channel stores is in a database. */
  readonly stateDir?: string
  /** The folder of the user's configuration file, beside which they install packages. */
  readonly configDir: string
  /** See `ChannelHost`. */
  readonly backendProxy?: URL | undefined
  /**
   * Makes one request and reads nothing of its answer but the head. Absent: nothing outside this machine is to be asked.
   * @param proxy the HTTP proxy to use; undefined: none
   * @returns the HTTP status, whatever it is
   * @throws with the reason and what to do, if no answer came
   */
  readonly reach?: (url: URL, proxy: URL | undefined, signal: AbortSignal) => Promise<number>
}
