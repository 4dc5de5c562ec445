/** MessageChannel, MessagePort and BroadcastChannel, within the one isolate: a message is cloned, and arrives in a turn of its own. */
import { setImmediate } from '../immediates.ts'
import { parts } from '../parts.ts'
import { DOMException } from './dom-exception.ts'
import { callListener, type Event, EventTarget, MessageEvent } from './events.ts'

type Handler = ((event: Event) => unknown) | null
type NodeListener = (data: unknown) => unknown
/** Messages that wait for start(). */
const MAX_QUEUED = 10_000
const key = Symbol('MessagePort')

export class MessagePort extends EventTarget {
  #other: MessagePort | undefined
  #onmessage: Handler = null
  onmessageerror: Handler = null
  onclose: Handler = null
  #started = false
  #closed = false
  #queue: unknown[] = []
  readonly #wrappers = new Map<NodeListener, (event: Event) => unknown>()

  constructor (proof?: symbol) {
    if (proof !== key) throw new TypeError('Illegal constructor')
    super()
  }

  get onmessage (): Handler { return this.#onmessage }
  set onmessage (handler: Handler) {
    this.#onmessage = handler
    this.start()
  }

  postMessage (value: unknown, options?: readonly unknown[] | { transfer?: readonly unknown[] }): void {
    const transfer = Array.isArray(options) ? options as unknown[] : (options as { transfer?: unknown[] } | undefined)?.transfer ?? []
    const ports = transfer.filter(item => item instanceof MessagePort)
    const copy = parts.structuredClone().structuredClone(value, { transfer: transfer.filter(item => item instanceof ArrayBuffer), keep: ports })
    const other = this.#other
    if (other !== undefined) other.#receive(copy)
  }

  start (): void {
    if (this.#started) return
    this.#started = true
    for (const data of this.#queue.splice(0)) this.#deliver(data)
  }

  close (): void {
    for (const port of [this, this.#other]) {
      if (port === undefined || port.#closed) continue
      port.#closed = true
      setImmediate(() => { port.#dispatch(new (parts.events().Event)('close'), port.onclose) })
    }
  }

  ref (): this { return this }
  unref (): this { return this }
  hasRef (): boolean { return this.#started }

  /** As Node's: the listener gets the data. */
  on (type: string, listener: NodeListener): this {
    const wrapper = (event: Event): unknown => listener(event instanceof MessageEvent ? event.data : event)
    this.#wrappers.set(listener, wrapper)
    this.addEventListener(type, wrapper)
    if (type === 'message') this.start()
    return this
  }

  once (type: string, listener: NodeListener): this {
    const once: NodeListener = data => {
      this.off(type, once)
      return listener(data)
    }
    return this.on(type, once)
  }

  addListener (type: string, listener: NodeListener): this { return this.on(type, listener) }
  off (type: string, listener: NodeListener): this {
    this.removeEventListener(type, this.#wrappers.get(listener) ?? null)
    return this
  }

  removeListener (type: string, listener: NodeListener): this { return this.off(type, listener) }
  override get [Symbol.toStringTag] (): string { return 'MessagePort' }

  #receive (data: unknown): void {
    if (this.#closed) return
    if (this.#started) this.#deliver(data)
    else if (this.#queue.length < MAX_QUEUED) this.#queue.push(data)
  }

  #deliver (data: unknown): void {
    setImmediate(() => { if (!this.#closed) this.#dispatch(new MessageEvent('message', { data }), this.#onmessage) })
  }

  #dispatch (event: Event, handler: Handler): void {
    if (typeof handler === 'function') callListener(handler, this, event)
    this.dispatchEvent(event)
  }

  static link (first: MessagePort, second: MessagePort): void {
    first.#other = second
    second.#other = first
  }

  static next (port: MessagePort): { message: unknown } | undefined {
    return port.#queue.length === 0 ? undefined : { message: port.#queue.shift() }
  }
}

const { link, next } = MessagePort
Reflect.deleteProperty(MessagePort, 'link') // for this file alone
Reflect.deleteProperty(MessagePort, 'next')

export class MessageChannel {
  readonly port1 = new MessagePort(key)
  readonly port2 = new MessagePort(key)
  constructor () { link(this.port1, this.port2) }
}

/** A message that waits, at once. */
export function receiveMessageOnPort (port: MessagePort): { message: unknown } | undefined {
  return next(port)
}

const channels = new Map<string, Set<BroadcastChannel>>()

export class BroadcastChannel extends EventTarget {
  readonly name: string
  onmessage: Handler = null
  onmessageerror: Handler = null
  #closed = false

  constructor (name: string) {
    if (arguments.length === 0) throw new TypeError('The "name" argument must be specified')
    super()
    this.name = `${name}`
    const members = channels.get(this.name) ?? new Set()
    channels.set(this.name, members.add(this))
  }

  postMessage (value: unknown): void {
    if (this.#closed) throw new DOMException('BroadcastChannel is closed.', 'InvalidStateError')
    for (const other of channels.get(this.name) ?? []) {
      if (other === this) continue
      const data = parts.structuredClone().structuredClone(value)
      setImmediate(() => {
        if (other.#closed) return
        const event = new MessageEvent('message', { data })
        if (typeof other.onmessage === 'function') callListener(other.onmessage, other, event)
        other.dispatchEvent(event)
      })
    }
  }

  close (): void {
    this.#closed = true
    channels.get(this.name)?.delete(this)
  }

  ref (): this { return this }
  unref (): this { return this }
  override get [Symbol.toStringTag] (): string { return 'BroadcastChannel' }
}
