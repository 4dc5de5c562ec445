/** Event, CustomEvent, MessageEvent, CloseEvent, ErrorEvent, EventTarget. */
import { uncaught } from '../turns.ts'
import type { AbortSignal } from './abort.ts'

interface EventInit { readonly bubbles?: boolean, readonly cancelable?: boolean, readonly composed?: boolean }

export class Event {
  readonly type: string
  readonly bubbles: boolean
  readonly cancelable: boolean
  readonly composed: boolean
  readonly timeStamp = Date.now()
  readonly isTrusted = false
  readonly eventPhase = 0
  target: EventTarget | null = null
  currentTarget: EventTarget | null = null
  cancelBubble = false
  #prevented = false
  #stopped = false

  constructor (type: string, init: EventInit = {}) {
    if (arguments.length === 0) throw new TypeError('The "type" argument must be specified')
    this.type = `${type}`
    this.bubbles = Boolean(init?.bubbles)
    this.cancelable = Boolean(init?.cancelable)
    this.composed = Boolean(init?.composed)
  }

  get defaultPrevented (): boolean { return this.#prevented }
  get returnValue (): boolean { return !this.#prevented }
  get srcElement (): EventTarget | null { return this.target }
  preventDefault (): void { if (this.cancelable) this.#prevented = true }
  stopPropagation (): void { this.cancelBubble = true }
  stopImmediatePropagation (): void { this.#stopped = true }
  composedPath (): EventTarget[] { return this.currentTarget === null ? [] : [this.currentTarget] }
  static isStopped (event: Event): boolean { return event.#stopped }
  get [Symbol.toStringTag] (): string { return 'Event' }
}

export class CustomEvent extends Event {
  readonly detail: unknown
  constructor (type: string, init: EventInit & { readonly detail?: unknown } = {}) {
    super(type, init)
    this.detail = init?.detail ?? null
  }

  override get [Symbol.toStringTag] (): string { return 'CustomEvent' }
}

export class MessageEvent extends Event {
  readonly data: unknown
  readonly origin: string
  readonly lastEventId: string
  readonly source: unknown
  readonly ports: readonly unknown[]
  constructor (type: string, init: EventInit & { readonly data?: unknown, readonly origin?: string, readonly lastEventId?: string, readonly source?: unknown, readonly ports?: readonly unknown[] } = {}) {
    super(type, init)
    this.data = init?.data ?? null
    this.origin = init?.origin ?? ''
    this.lastEventId = init?.lastEventId ?? ''
    this.source = init?.source ?? null
    this.ports = Object.freeze([...init?.ports ?? []])
  }

  override get [Symbol.toStringTag] (): string { return 'MessageEvent' }
}

export class CloseEvent extends Event {
  readonly wasClean: boolean
  readonly code: number
  readonly reason: string
  constructor (type: string, init: EventInit & { readonly wasClean?: boolean, readonly code?: number, readonly reason?: string } = {}) {
    super(type, init)
    this.wasClean = Boolean(init?.wasClean)
    this.code = Number(init?.code ?? 0)
    this.reason = `${init?.reason ?? ''}`
  }

  override get [Symbol.toStringTag] (): string { return 'CloseEvent' }
}

export class ErrorEvent extends Event {
  readonly message: string
  readonly filename: string
  readonly lineno: number
  readonly colno: number
  readonly error: unknown
  constructor (type: string, init: EventInit & { readonly message?: string, readonly filename?: string, readonly lineno?: number, readonly colno?: number, readonly error?: unknown } = {}) {
    super(type, init)
    this.message = `${init?.message ?? ''}`
    this.filename = `${init?.filename ?? ''}`
    this.lineno = Number(init?.lineno ?? 0)
    this.colno = Number(init?.colno ?? 0)
    this.error = init?.error ?? null
  }

  override get [Symbol.toStringTag] (): string { return 'ErrorEvent' }
}

for (const [name, value] of Object.entries({ NONE: 0, CAPTURING_PHASE: 1, AT_TARGET: 2, BUBBLING_PHASE: 3 })) {
  for (const holder of [Event, Event.prototype]) Object.defineProperty(holder, name, { value, enumerable: true })
}

const isStopped = Event.isStopped
Reflect.deleteProperty(Event, 'isStopped') // for this file alone

type Listener = ((event: Event) => unknown) | { handleEvent(event: Event): unknown }
interface ListenerOptions { readonly once?: boolean, readonly capture?: boolean, readonly passive?: boolean, readonly signal?: AbortSignal }
interface Entry { readonly listener: Listener, readonly capture: boolean, readonly once: boolean, removed: boolean }

export class EventTarget {
  readonly #listeners = new Map<string, Entry[]>()

  addEventListener (type: string, listener: Listener | null, options?: ListenerOptions | boolean): void {
    if (listener === null || listener === undefined) return
    const { capture = false, once = false, signal } = typeof options === 'object' && options !== null ? options : { capture: Boolean(options) }
    if (signal?.aborted === true) return
    const entries = this.#listeners.get(type) ?? []
    if (entries.some(entry => entry.listener === listener && entry.capture === capture)) return
    this.#listeners.set(type, [...entries, { listener, capture, once, removed: false }])
    signal?.addEventListener('abort', () => { this.removeEventListener(type, listener, { capture }) }, { once: true })
  }

  removeEventListener (type: string, listener: Listener | null, options?: ListenerOptions | boolean): void {
    const capture = typeof options === 'object' && options !== null ? options.capture ?? false : Boolean(options)
    const kept: Entry[] = []
    for (const entry of this.#listeners.get(type) ?? []) {
      if (entry.listener === listener && entry.capture === capture) entry.removed = true
      else kept.push(entry)
    }
    this.#listeners.set(type, kept)
  }

  /** False when a listener has prevented the default of a cancelable event. */
  dispatchEvent (event: Event): boolean {
    if (!(event instanceof Event)) throw new TypeError('The "event" argument must be an instance of Event')
    event.target = this
    event.currentTarget = this
    for (const entry of this.#listeners.get(event.type) ?? []) {
      if (entry.removed) continue
      if (entry.once) this.removeEventListener(event.type, entry.listener, { capture: entry.capture })
      callListener(entry.listener, this, event)
      if (isStopped(event)) break
    }
    event.currentTarget = null
    return !event.defaultPrevented
  }

  get [Symbol.toStringTag] (): string { return 'EventTarget' }
  static listeners (target: EventTarget, type: string): Listener[] { return (target.#listeners.get(type) ?? []).map(({ listener }) => listener) }
}

/** For `events.getEventListeners`. */
export const listenersOf = EventTarget.listeners
Reflect.deleteProperty(EventTarget, 'listeners') // not for plugins

/** What a listener throws is an uncaught error, not the dispatcher's. */
export function callListener (listener: Listener, target: EventTarget, event: Event): void {
  try {
    if (typeof listener === 'function') listener.call(target, event)
    else listener.handleEvent(event)
  } catch (error) {
    uncaught(error)
  }
}
