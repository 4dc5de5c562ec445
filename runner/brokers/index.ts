/** All that the runner does on behalf of one attempt of one run, but the log. */
import type { HostMessage } from '../../sandbox/protocol.ts'
import type { Effects, Store } from '../../store/types.ts'
import { createConfigBroker, refuseLargePatch } from './config.ts'
import { createDataFair } from './data-fair.ts'
import type { DataFairCaller, DataFairOptions } from './data-fair.ts'
import type { EgressPolicy } from './egress-policy.ts'
import { BrokerError, isRecord, refuse, toGuestError, toRefusal } from './guest-error.ts'
import type { Refusal } from './guest-error.ts'
import type { HttpUsage } from './http-budget.ts'
import type { HttpLimitKeys, HttpLimits } from './http-limits.ts'
import type { Resolve } from './http-resolver.ts'
import { createResolver } from './http-resolver.ts'
import { createHttpBroker, isHttpMessage } from './http.ts'
import { createJournalBroker } from './journal.ts'
import type { JournalLimits } from './journal.ts'
import { createLookup } from './lookup.ts'
import { createMailBroker } from './mail.ts'
import type { MailBroker, MailBrokerOptions } from './mail.ts'
import type { MailTransport } from './mail-transport.ts'
import { ownerKey } from '../take-due-runs.ts'

export interface BrokersOptions {
  readonly run: { readonly id: string, readonly attempt: number }
  readonly processing: DataFairCaller
  readonly store: { readonly processings: Pick<Store['processings'], 'get' | 'mergeConfig'> }
  /** One for the whole service. */
  readonly policy: EgressPolicy
  readonly dataFair?: DataFairOptions
  /** The service's one transport, opened at the first call. Absent: no mail can be sent. */
  readonly mailTransport?: () => MailTransport
  readonly send: (message: HostMessage, body?: Uint8Array) => void
  /** The guest, or its cell, broke the protocol. */
  readonly onFault: (reason: string) => void
  /** Makes the ledger durable; awaited before the effect takes place. When it rejects, the effect does not take place. */
  readonly onEffects: (effects: Effects) => Promise<void>
  /** For operators: failures whose cause the plugin is not told. */
  readonly onError?: (error: unknown) => void
  readonly limits?: {
    readonly http?: Partial<HttpLimits>
    readonly httpKeys?: HttpLimitKeys
    readonly journal?: Partial<JournalLimits>
    readonly mail?: MailBrokerOptions['limits']
    /** Calls under way at once. @default 64 */
    readonly calls?: number
  }
  readonly resolve?: Resolve
}

/** The argument of a mail that has none. */
const EMPTY = Buffer.from('null')

export interface Brokers {
  /** A message of the guest that is not a log, as it came out of the frame. Never throws, and answers through `send`. */
  handle(message: unknown, body?: Buffer): void
  /** Nothing is sent any more; resolved when no socket is left. Closing twice is harmless. */
  close(): Promise<void>
  usage(): { readonly network: HttpUsage, readonly effects: Effects }
  /** The last one that the plugin was told. */
  readonly refusal: Refusal | undefined
}

/** What a call carries: `body` its argument as JSON when it may be large; `tooLarge` the bytes of what was too large to cross. */
interface Call { readonly args: readonly unknown[], readonly body: Buffer | undefined, readonly tooLarge: number | undefined }
type Methods = Readonly<Record<string, (call: Call) => Promise<unknown>>>

export function openBrokers (options: BrokersOptions): Brokers {
  const effects = { writes: 0, configPatches: 0, mails: 0 }
  const pending = new Set<number>()
  const maxCalls = options.limits?.calls ?? 64
  let closed = false
  let refusal: Refusal | undefined

  const http = createHttpBroker({
    policy: options.policy,
    resolve: options.resolve,
    onFault: options.onFault,
    onFailure: error => { refusal = toRefusal(error) ?? refusal },
    send,
    dataFair: options.dataFair === undefined ? undefined : createDataFair(options.dataFair, options.processing),
    onWrite: async () => await record('writes'),
    limits: options.limits?.http,
    limitKeys: options.limits?.httpKeys
  })
  const journal = openJournal(options)
  /** Opened at the first lookup: most runs make none. */
  let resolver: ReturnType<typeof createResolver> | undefined
  const resolve: Resolve = async (host, opened) => {
    resolver ??= createResolver()
    return await resolver.resolve(host, opened)
  }
  const patchConfig = createConfigBroker({ run: options.run, store: options.store, processingId: options.processing._id, onPatch: async () => await record('configPatches') })
  const mail = openMail(options, async () => await record('mails'))
  const lookup = createLookup({ policy: options.policy, resolve: options.resolve ?? resolve })
  const methods: Methods = {
    patchConfig: async ({ args, tooLarge }) => await (tooLarge === undefined ? patchConfig(args[0]) : refuseLargePatch()),
    sendMail: async ({ body, tooLarge }) => await mail.send(tooLarge ?? body ?? EMPTY),
    lookup: async ({ args }) => await lookup(args[0]),
    waitForJournal: async ({ args: [id, type, timeoutMs] }) => await (journal ?? noDataFair()).waitForJournal(id, type, timeoutMs)
  }
  return { handle, close, usage: () => ({ network: http.usage(), effects: { ...effects } }), get refusal () { return refusal } }

  function handle (message: unknown, body?: Buffer): void {
    if (closed) return
    if (isHttpMessage(message)) http.handle(message, body)
    else if (isRecord(message) && message.op === 'call') call(message, body)
    else options.onFault('a message has an unknown operation')
  }

  function call ({ id, method, args, tooLarge }: Record<string, unknown>, body: Buffer | undefined): void {
    if (typeof id !== 'number' || !Number.isSafeInteger(id)) return options.onFault('a call has no integer id')
    if (pending.has(id)) return options.onFault('a call has the id of one that is under way')
    if (typeof method !== 'string' || !Object.hasOwn(methods, method)) return options.onFault('a call names an unknown method')
    if (!Array.isArray(args) || args.length > 10) return options.onFault('a call has no list of arguments')
    if (pending.size >= maxCalls) {
      return fail(id, refuse('call-limit', { limit: maxCalls }))
    }
    pending.add(id)
    answer(id, methods[method]?.({ args, body, tooLarge: typeof tooLarge === 'number' ? tooLarge : undefined }) ?? Promise.resolve())
  }

  async function answer (id: number, result: Promise<unknown>): Promise<void> {
    try {
      const value = await result
      pending.delete(id)
      send({ op: 'reply', id, value })
    } catch (error) {
      pending.delete(id)
      if (!(error instanceof BrokerError)) options.onError?.(error)
      fail(id, error)
    }
  }

  function fail (id: number, error: unknown): void {
    refusal = toRefusal(error) ?? refusal
    send({ op: 'reply-error', id, error: toGuestError(error) })
  }

  /** The count goes up first: an effect that may have happened is an effect. */
  async function record (kind: keyof Effects): Promise<void> {
    effects[kind] += 1
    try {
      await options.onEffects({ ...effects })
    } catch (error) {
      options.onError?.(error)
      throw new BrokerError('interrupted', 'This was not done: the platform could not record it, or the run has been taken over.')
    }
  }

  function send (message: HostMessage, body?: Uint8Array): void {
    if (closed) return
    try {
      options.send(message, body)
    } catch (error) {
      options.onError?.(error) // the cell has gone: its run is settled elsewhere
    }
  }

  async function close (): Promise<void> {
    closed = true
    resolver?.close()
    mail.close()
    await Promise.all([journal?.close(), http.close()])
  }
}

function openJournal ({ dataFair, processing, limits }: BrokersOptions) {
  if (dataFair === undefined) return undefined
  const { url, privateUrl, apiKey, adminMode } = dataFair
  return createJournalBroker({ url: privateUrl ?? url, apiKey, account: adminMode === true ? processing.owner : undefined, limits: limits?.journal })
}

function openMail ({ mailTransport, processing, limits, onError }: BrokersOptions, onMail: () => Promise<void>): MailBroker {
  if (mailTransport === undefined) return { send: async () => { throw refuse('mail-unavailable') }, close () {} }
  return createMailBroker({ transport: mailTransport, account: ownerKey(processing), onMail, limits: limits?.mail, onError })
}

function noDataFair (): never {
  throw refuse('data-fair-unavailable')
}
