/**
 * How a run's sockets are opened: the place where the egress policy is enforced.
 *
 *   1. decide on the host and port that undici is about to connect to, whatever was decided before;
 *   2. resolve the name to all of its addresses (a literal is its own only address);
 *   3. refuse when any of them is not allowed;
 *   4. connect to these very addresses: no second resolution takes place, so rebinding has nothing to bite on;
 *   5. look at the address that the socket says it is connected to.
 *
 * The name stays what TLS and the Host header see.
 */
import { isIP } from 'node:net'
import type { LookupAddress } from 'node:dns'
import type { LookupFunction, Socket } from 'node:net'
import { buildConnector } from 'undici'
import type { EgressDenial, EgressPolicy } from './egress-policy.ts'
import { deny } from './egress-policy.ts'
import { BrokerError } from './guest-error.ts'
import type { HttpBudget } from './http-budget.ts'
import type { Resolve } from './http-resolver.ts'

export interface ConnectorOptions {
  readonly policy: EgressPolicy
  readonly resolve: Resolve
  readonly budget: HttpBudget
  /** Whether some request still wants this origin: nothing is opened, or kept opening, for one that was cancelled. */
  readonly wanted: (origin: string) => boolean
}

/** The policy refused a connection; http-errors.ts has its sentence. */
export class EgressError extends Error {
  readonly code = 'network-denied'
  override readonly name = 'EgressError'
  readonly denial: EgressDenial
  constructor (denial: EgressDenial) {
    super(`${denial.reason}: ${denial.params.host}`)
    this.denial = denial
  }
}

export class Connector {
  readonly #options: ConnectorOptions
  readonly #sockets = new Set<Socket>()
  readonly #opening = new Map<Socket, string>()
  #closed = false

  constructor (options: ConnectorOptions) {
    this.#options = options
  }

  /** To be given to undici. */
  readonly connect: buildConnector.connector = (target, callback) => {
    this.#open(target).then((socket) => callback(null, socket), (error: Error) => callback(error, null))
  }

  /** Ends the sockets that are still connecting to an origin which nobody wants any more. */
  sweep (): void {
    for (const [socket, origin] of this.#opening) {
      if (!this.#options.wanted(origin)) socket.destroy(new BrokerError('ECONNABORTED', 'Request aborted'))
    }
  }

  /** Destroys every socket; resolved when all are closed. */
  async close (): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#sockets].map(async (socket) => {
      const closed = new Promise<void>((resolve) => { socket.once('close', () => resolve()) })
      socket.destroy(new BrokerError('ECONNABORTED', 'Request aborted'))
      await closed
    }))
  }

  async #open (target: buildConnector.Options): Promise<Socket> {
    const { policy, budget, wanted } = this.#options
    const url = new URL(`${target.protocol}//${target.host ?? target.hostname}`)
    const decision = policy.decide(url)
    if (!decision.ok) throw new EgressError(decision)
    const addresses = await this.#addresses(target.hostname, decision.anyAddress)
    if (!decision.anyAddress && !addresses.every(({ address }) => policy.addressAllowed(address))) throw new EgressError(deny(url, 'private-address'))
    if (this.#closed || !wanted(url.origin)) throw new BrokerError('ECONNABORTED', 'Request aborted')
    if (this.#sockets.size >= budget.limits.sockets) throw budget.exceeded('sockets')
    const socket = await this.#dial(target, addresses, url.origin)
    if (decision.anyAddress || policy.addressAllowed(socket.remoteAddress ?? '')) return socket
    socket.destroy()
    throw new EgressError(deny(url, 'private-address'))
  }

  async #addresses (hostname: string, opened: boolean): Promise<readonly LookupAddress[]> {
    const family = isIP(hostname)
    if (family !== 0) return [{ address: hostname, family }]
    const addresses = await this.#options.resolve(hostname, opened)
    if (addresses.length === 0) throw Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' })
    return addresses
  }

  async #dial (target: buildConnector.Options, addresses: readonly LookupAddress[], origin: string): Promise<Socket> {
    const dial = buildConnector({
      allowH2: false,
      maxCachedSessions: 0,
      timeout: this.#options.budget.limits.connectMs,
      autoSelectFamily: true,
      lookup: answerWith(addresses)
    })
    return await new Promise((resolve, reject) => {
      const socket = dial(target, (error, opened) => {
        if (socket !== undefined) this.#opening.delete(socket)
        if (error === null) resolve(opened)
        else reject(error)
      }) as unknown as Socket | undefined // undici answers the socket at once; its types do not say so
      if (socket !== undefined) this.#track(socket, origin)
    })
  }

  #track (socket: Socket, origin: string): void {
    this.#sockets.add(socket)
    this.#opening.set(socket, origin)
    socket.once('close', () => {
      this.#sockets.delete(socket)
      this.#opening.delete(socket)
    })
  }
}

/** A lookup that knows its answer: the addresses that were checked. */
function answerWith (addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, options, callback) => {
    const [first] = addresses
    if (options.all === true) callback(null, [...addresses])
    else callback(null, first?.address ?? '', first?.family)
  }
}
