/**
 * The MCP server over streamable HTTP. Each request is answered by a server of its own with one JSON document: there are no
 * sessions and no streams, which clients must not expect (MCP 2025-06-18, "Streamable HTTP").
 */

import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { createMcpServer, type McpServerOptions } from './tools.ts'

/** @param body parsed already, within a cap */
export async function answerMcp(
  request: Request,
  body: unknown,
  options: McpServerOptions,
): Promise<Response> {
  const server = createMcpServer(options)
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true })
  try {
    await server.connect(transport)
    return await transport.handleRequest(request, { parsedBody: body })
  } finally {
    await server.close()
  }
}
