/**
 * A PostgreSQL server that says that it is an older one, since this machine has no older one: a proxy before a real server,
 * which writes another version into its answers.
 */

import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { Cluster } from './postgres.ts'

/** As long as the version that it stands for. */
const shown = '140022'
const port = 5433

export class OldServer {
  /** False: it has been upgraded. */
  isOld = true
  readonly #close: () => void

  private constructor(close: () => void) {
    this.#close = close
  }

  static async before(cluster: Cluster): Promise<OldServer> {
    const { rows } = await cluster.execute('SHOW server_version_num')
    const real = String(rows[0].server_version_num)
    const server = createServer((client) => {
      const upstream = connect(join(cluster.folder, '.s.PGSQL.5432'))
      client.pipe(upstream)
      upstream.on('data', (bytes) => client.write(old.isOld ? rewritten(bytes, real) : bytes))
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const)
        one.on('error', () => undefined).once('close', () => other.destroy())
    })
    const old = new OldServer(() => server.close())
    server.listen(join(cluster.folder, `.s.PGSQL.${port}`))
    await once(server, 'listening')
    return old
  }

  /** @param url of the server behind it */
  url(url: string): string {
    return url.replace(/port=\d+/, `port=${port}`)
  }

  close(): void {
    this.#close()
  }
}

function rewritten(bytes: Buffer, real: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll(real, shown), 'latin1')
}
