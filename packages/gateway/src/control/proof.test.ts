import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { scratch } from '../../test/scratch.ts'
import { makeControlToken } from '../state/control-token.ts'
import { writeGatewayFile } from '../state/gateway-file.ts'
import { connectGateway } from './client.ts'
import { isProof, proofOf } from './proof.ts'

it('holds for its token, port and question only', () => {
  const proof = proofOf('token', 80, 'nonce')
  expect(isProof(proof, 'token', 80, 'nonce')).toBe(true)
  expect(isProof(proof, 'other', 80, 'nonce')).toBe(false)
  expect(isProof(proof, 'token', 81, 'nonce')).toBe(false)
  expect(isProof(proof, 'token', 80, 'other')).toBe(false)
  for (const none of [undefined, '', 7, proof.slice(1)])
    expect(isProof(none, 'token', 80, 'nonce')).toBe(false)
})

it('is asked for before the token is sent: a program that has taken the port never sees it', async () => {
  const seen: string[] = []
  const thief = createServer((request, response) => {
    seen.push(JSON.stringify(request.headers))
    response.setHeader('content-type', 'application/json').end('{"status":"ok","proof":"of nothing"}')
  }).listen(0, '127.0.0.1')
  await once(thief, 'listening')
  const address = thief.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const stateDir = scratch()
  const token = makeControlToken(stateDir)
  const url = `http://127.0.0.1:${port}`
  writeGatewayFile(stateDir, { pid: process.pid, url, startedAt: '', version: '' })
  const client = connectGateway(stateDir)
  await expect(client.call('status')).rejects.toMatchObject({ code: 'gateway-unreachable' })
  await expect(client.call('stop')).rejects.toMatchObject({ code: 'gateway-unreachable' })
  expect(seen.length).toBeGreaterThan(0)
  expect(seen.join()).not.toContain(token)
  thief.close()
})
