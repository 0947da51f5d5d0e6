import { expect, it } from 'vitest'
import type { AgentTool } from './tool.ts'
import { toolsReport } from './tools-report.ts'

const tool = (name: string, countedAs = name): AgentTool => ({
  name,
  countedAs,
  description: `does ${name}`,
  inputSchema: { properties: {} },
  timeoutMs: 1,
  execute: async () => '',
})

it('says where each tool comes from, whether the agent may use it, and how the servers are', async () => {
  const tools = [tool('time'), tool('shop_find', 'shop_*'), tool('shop_admin_delete', 'shop_admin_*')]
  const states = [
    { id: 'shop', connected: true, tools: 1 },
    { id: 'shop_admin', connected: true, tools: 1 },
    { id: 'mail', connected: false, tools: 0, problem: 'spawn mailer ENOENT' },
  ]
  const report = await toolsReport({
    toolbox: { tools: async () => tools, clashes: () => ['two of them'] },
    servers: { states: () => states },
    scope: { deny: ['shop_admin_*'] },
  })
  expect(report).toEqual({
    tools: [
      { name: 'time', description: 'does time', allowed: true },
      { name: 'shop_find', description: 'does shop_find', allowed: true, server: 'shop' },
      {
        name: 'shop_admin_delete',
        description: 'does shop_admin_delete',
        allowed: false,
        server: 'shop_admin',
      },
    ],
    servers: states,
    clashes: ['two of them'],
  })
})
