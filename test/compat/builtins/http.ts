import type { Snippets } from '../snippet.ts'

/** What needs no server; the rest is in test/compat/http. */
export default [
  { members: 'STATUS_CODES METHODS maxHeaderSize', run: ({ STATUS_CODES, METHODS, maxHeaderSize }) => [STATUS_CODES, METHODS, maxHeaderSize] },
  { members: 'validateHeaderName validateHeaderValue', run: ({ validateHeaderName, validateHeaderValue }) => [() => validateHeaderName('a b'), () => validateHeaderName('a'), () => validateHeaderName(''), () => validateHeaderValue('x', 'č'), () => validateHeaderValue('x', undefined), () => validateHeaderValue('x', 'ok')].map(f => { try { return f() } catch (error) { return error } }) },
  { members: 'Agent globalAgent', run: ({ Agent, globalAgent }) => { const agent = new Agent({ keepAlive: true, maxSockets: 3 }); return [agent.keepAlive, agent.maxSockets, agent.protocol, agent.defaultPort, agent.getName({ host: 'h', port: 1 }), globalAgent instanceof Agent, typeof agent.destroy, Object.keys(agent.sockets)] } },
  { members: 'request get ClientRequest', run: ({ request, ClientRequest }) => { const made = request('http://x.y/a', { method: 'put' }); made.on('error', () => {}); const seen = [made instanceof ClientRequest, made.method, made.path, made.host, made.getHeader('host')]; made.destroy(); return seen } },
  { members: 'IncomingMessage', run: ({ IncomingMessage }, require) => [new IncomingMessage() instanceof require('stream').Readable, new IncomingMessage().complete, new IncomingMessage().statusCode] },
  { members: 'setMaxIdleHTTPParsers', run: ({ setMaxIdleHTTPParsers }) => setMaxIdleHTTPParsers(100) }
] satisfies Snippets
