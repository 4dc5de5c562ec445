/** `http.Agent`: kept for programs that make one. Connections are the platform's, which keeps and reuses them. */
import type { EventEmitter as NodeEmitter } from 'node:events'
import { parts } from '../parts.ts'
import { unsupported } from '../unsupported.ts'

interface AgentOptions { readonly keepAlive?: boolean, readonly keepAliveMsecs?: number, readonly maxSockets?: number, readonly maxFreeSockets?: number, readonly maxTotalSockets?: number, readonly scheduling?: string, readonly [option: string]: unknown }

export interface HttpAgent extends NodeEmitter {
  options: AgentOptions
  protocol: string
  defaultPort: number
  keepAlive: boolean
  keepAliveMsecs: number
  maxSockets: number
  maxFreeSockets: number
  maxTotalSockets: number
  scheduling: string
  requests: object
  sockets: object
  freeSockets: object
  destroy (): void
  getName (options?: { host?: string, port?: number | string, localAddress?: string, family?: number }): string
}
export interface AgentClass { new (options?: AgentOptions): HttpAgent, (options?: AgentOptions): HttpAgent, readonly prototype: HttpAgent }

const EventEmitter = parts.builtins().load('events') as { (): void, prototype: object }

/** Callable without `new`, and on an object that inherits from it. */
function create (protocol: string, defaultPort: number, name: string, base?: AgentClass): AgentClass {
  const Agent = function (this: HttpAgent | undefined, options: AgentOptions = {}): HttpAgent | undefined {
    if (!(this instanceof Agent)) return new (Agent as unknown as AgentClass)(options)
    EventEmitter.call(this)
    Object.assign(this, {
      protocol,
      defaultPort,
      options: { ...options, noDelay: true, path: null },
      requests: {},
      sockets: {},
      freeSockets: {},
      keepAliveMsecs: options.keepAliveMsecs ?? 1_000,
      keepAlive: options.keepAlive ?? false,
      maxSockets: options.maxSockets ?? Infinity,
      maxFreeSockets: options.maxFreeSockets ?? 256,
      maxTotalSockets: options.maxTotalSockets ?? Infinity,
      scheduling: options.scheduling ?? 'lifo',
      totalSocketCount: 0
    })
    return this as HttpAgent // its fields have just been set
  }
  Object.defineProperty(Agent, 'name', { value: name, configurable: true })
  Object.setPrototypeOf(Agent.prototype, base?.prototype ?? EventEmitter.prototype)
  if (base !== undefined) Object.setPrototypeOf(Agent, base)
  return Agent as unknown as AgentClass
}

const methods = {
  destroy () {},
  getName ({ host = 'localhost', port = '', localAddress = '', family }: { host?: string, port?: number | string, localAddress?: string, family?: number } = {}) {
    return `${host}:${port}:${localAddress}${family === 4 || family === 6 ? `:${family}` : ''}`
  },
  createConnection () { throw unsupported('a connection of an http.Agent', 'requests open their connections through the platform') },
  keepSocketAlive: () => true,
  reuseSocket () {},
  removeSocket () {}
}

export const Agent = create('http:', 80, 'Agent')
export const HttpsAgent = create('https:', 443, 'Agent', Agent)
for (const [name, value] of Object.entries(methods)) Object.defineProperty(Agent.prototype, name, { value, writable: true, configurable: true })
