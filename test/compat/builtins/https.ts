import type { Snippets } from '../snippet.ts'

export default [
  { members: 'Agent globalAgent', run: ({ Agent, globalAgent }, require) => [new Agent() instanceof require('http').Agent, new Agent().defaultPort, globalAgent.protocol, globalAgent instanceof Agent] },
  { members: 'request get', run: ({ request }) => { const made = request({ hostname: 'x.y', path: '/b' }); made.on('error', () => {}); const seen = [made.method, made.path, made.protocol, made.getHeader('Host')]; made.destroy(); return seen } },
  { members: 'request get', run: ({ get }) => { try { get('http://x.y/') } catch (error) { return error } } }
] satisfies Snippets
