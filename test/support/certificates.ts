/**
 * Certificates of a server, by OpenSSL: signed by an authority of the test's own, for a name and a time.
 */

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

const openssl = (args: readonly string[]) =>
  execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

export interface CertificateFiles {
  readonly keyFile: string
  readonly certFile: string
}

export class Authority {
  readonly caFile: string
  readonly #caKey: string
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
    this.caFile = join(folder, 'ca.crt')
    this.#caKey = join(folder, 'ca.key')
    const subject = ['-subj', '/CN=authority of a test', '-days', '2']
    openssl(['req', '-x509', ...newKey, '-keyout', this.#caKey, '-out', this.caFile, ...subject])
  }

  /** Signs a new certificate. @param name of the server. @param isValid false: it ended yesterday */
  sign(name: string, isValid: boolean, { keyFile, certFile }: CertificateFiles): void {
    const request = join(this.#folder, 'server.csr')
    const extensions = join(this.#folder, 'server.ext')
    writeFileSync(extensions, `subjectAltName=DNS:${name}\n`)
    openssl(['req', ...newKey, '-keyout', keyFile, '-out', request, '-subj', `/CN=${name}`])
    const authority = ['-CA', this.caFile, '-CAkey', this.#caKey, '-CAcreateserial']
    const rest = ['-extfile', extensions, '-days', isValid ? '2' : '-1', '-out', certFile]
    openssl(['x509', '-req', '-in', request, ...authority, ...rest])
  }
}
